-- What packed rows are read with: frames of Zstandard name one by its number. Rows that are not packed stay as they are.

CREATE TABLE dictionaries (
    number INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);
