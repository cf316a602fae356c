-- Who may do for all replicas what only one of them should do at a time (the relay).

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    -- Grows with every taking, so that whoever lost the lease cannot act under it any more.
    epoch INTEGER NOT NULL,
    expires_s REAL NOT NULL
) WITHOUT ROWID;
