-- What packed rows are read with: frames of Zstandard name one by its number. Rows that are not packed stay as they are.

CREATE TABLE dictionaries (
    number integer PRIMARY KEY,
    body bytea NOT NULL
);
-- What is packed gets no smaller by the database's own compression.
ALTER TABLE events ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE results ALTER COLUMN answer SET STORAGE EXTERNAL;
ALTER TABLE outbox ALTER COLUMN head SET STORAGE EXTERNAL;
ALTER TABLE outbox ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE documents ALTER COLUMN body SET STORAGE EXTERNAL;
