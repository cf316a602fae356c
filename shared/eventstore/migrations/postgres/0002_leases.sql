-- Who may do for all replicas what only one of them should do at a time (the relay).

CREATE TABLE leases (
    name text COLLATE "C" PRIMARY KEY,
    owner text COLLATE "C" NOT NULL,
    -- Grows with every taking, so that whoever lost the lease cannot act under it any more.
    epoch bigint NOT NULL,
    expires_s double precision NOT NULL
);
