-- The log of one service, and everything that is written in the same transaction with its events.

CREATE TABLE events (
    -- AUTOINCREMENT: a position is never handed out twice, not even after the newest event was removed by hand.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    event_id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (stream, tenant, version)
);
CREATE INDEX events_of_scope ON events (tenant, scope, position);

CREATE TABLE results (
    tenant TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (key, tenant, issuer, subject)
) WITHOUT ROWID;

CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    n INTEGER NOT NULL,
    head BLOB NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (tenant, topic, key, n)
);

CREATE TABLE deadlines (
    tenant TEXT NOT NULL,
    deadline_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    due_at TEXT NOT NULL,
    provisional INTEGER NOT NULL,
    legal_effect INTEGER NOT NULL,
    calendar_id TEXT NOT NULL,
    calendar_version TEXT NOT NULL,
    PRIMARY KEY (tenant, deadline_id)
) WITHOUT ROWID;
CREATE INDEX deadlines_due ON deadlines (status, due_at) WHERE status <> 'closed';

CREATE TABLE parked (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    stream TEXT NOT NULL,
    n INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    reason TEXT NOT NULL,
    parked_at TEXT NOT NULL,
    envelope BLOB NOT NULL,
    UNIQUE (tenant, stream, n, event_id)
);

CREATE TABLE positions (
    name TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE documents (
    view TEXT NOT NULL,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (view, tenant, key)
);

CREATE TABLE document_labels (
    view TEXT NOT NULL,
    label TEXT NOT NULL,
    tenant TEXT NOT NULL,
    place TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (view, label, tenant, place, key)
) WITHOUT ROWID;
CREATE INDEX document_labels_of_all_tenants ON document_labels (view, label, place, key, tenant);
CREATE INDEX document_labels_of_document ON document_labels (view, tenant, key);
