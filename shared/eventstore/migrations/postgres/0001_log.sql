-- The log of one service, and everything that is written in the same transaction with its events.
-- Texts sort by bytes, as they do in SQLite and in Python, so that prefixes and cursors mean the same everywhere.

CREATE TABLE events (
    -- Handed out under the lock of the log, so that positions are in commit order.
    position bigint PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    recorded_at text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    UNIQUE (stream, tenant, version),
    UNIQUE (event_id)
);
CREATE INDEX events_of_scope ON events (tenant, scope, position);

CREATE TABLE results (
    tenant text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,
    answer bytea NOT NULL,
    PRIMARY KEY (key, tenant, issuer, subject)
);

CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    topic text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    head bytea NOT NULL,
    data bytea NOT NULL,
    UNIQUE (tenant, topic, key, n)
);

CREATE TABLE deadlines (
    tenant text COLLATE "C" NOT NULL,
    deadline_id text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    due_at text COLLATE "C" NOT NULL,
    provisional smallint NOT NULL,
    legal_effect smallint NOT NULL,
    calendar_id text COLLATE "C" NOT NULL,
    calendar_version text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, deadline_id)
);
CREATE INDEX deadlines_due ON deadlines (status, due_at) WHERE status <> 'closed';

CREATE TABLE parked (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    n bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    parked_at text COLLATE "C" NOT NULL,
    envelope bytea NOT NULL,
    UNIQUE (tenant, stream, n, event_id)
);

CREATE TABLE positions (
    name text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE documents (
    view text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (view, tenant, key)
);

CREATE TABLE document_labels (
    view text COLLATE "C" NOT NULL,
    label text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    PRIMARY KEY (view, label, tenant, place, key)
);
CREATE INDEX document_labels_of_all_tenants ON document_labels (view, label, place, key, tenant);
CREATE INDEX document_labels_of_document ON document_labels (view, tenant, key);
