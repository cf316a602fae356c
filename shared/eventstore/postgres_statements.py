"""The statements of a write to PostgreSQL, in the order in which a transaction sends them."""

from __future__ import annotations

from shared.eventstore.postgres_wire import Bulk, Statement
from shared.eventstore.store import BEGINNING

BEGIN = Statement("BEGIN")
COMMIT = Statement("COMMIT")
ROLLBACK = Statement("ROLLBACK")

LOCK = Statement("SELECT pg_advisory_xact_lock($1, $2)", "integer integer")

NOW_S = Statement("SELECT extract(epoch FROM clock_timestamp())::float8")

# Rows go into the tables only where the transaction has found the log as it was presumed to be (`PRESUME`), or has
# asked how it is (`TAIL`).
_UNMOVED = "current_setting('qizhang.unmoved')::boolean"

TAIL = Statement(
    f"""
    SELECT coalesce(max(position), 0),
           (SELECT event_id FROM events ORDER BY position DESC LIMIT 1),
           (SELECT event_id FROM events WHERE position = $1),
           coalesce((SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), '{BEGINNING}'),
           extract(epoch FROM clock_timestamp())::float8,
           set_config('qizhang.unmoved', 'true', true)
    FROM events
    """,
    "bigint",
)

SCOPES = Bulk(
    """
    SELECT s.tenant, s.scope, e.position, e.body
    FROM {scopes} AS s (tenant, scope, after)
    CROSS JOIN LATERAL (
        SELECT position, body FROM events
        WHERE tenant = s.tenant AND scope = s.scope AND position > s.after ORDER BY position
    ) AS e
    ORDER BY e.position
    """,
    scopes="text text bigint",
)

SCOPE = Statement(
    "SELECT position, body FROM events WHERE tenant = $1 AND scope = $2 AND position > $3 ORDER BY position",
    "text text bigint",
)

# What is stored under any combination of these parts: there are few of each but of keys.
_OF_KEYS = "FROM results WHERE tenant = ANY($1) AND issuer = ANY($2) AND subject = ANY($3) AND key = ANY($4)"
_KEYS = "text[] text[] text[] text[]"
RESULTS = Statement(f"SELECT * {_OF_KEYS}", _KEYS)

# Whether the log ends with this very event, nothing is stored under these keys, and the clock is between two instants.
PRESUME = Statement(
    f"""
    SELECT set_config('qizhang.unmoved', (
        NOT EXISTS (SELECT {_OF_KEYS})
        AND (SELECT max(position) FROM events) = $5
        AND EXISTS (SELECT FROM events WHERE position = $5 AND event_id = $6 AND recorded_at = $7)
        AND extract(epoch FROM clock_timestamp())::float8 BETWEEN $8 AND $9
    )::text, true)
    """,
    f"{_KEYS} bigint text text float8 float8",
)

FEEDS = Bulk(
    """
    SELECT f.tenant, f.stream, f.n,
           coalesce((SELECT max(version) FROM events e WHERE e.stream = f.stream AND e.tenant = f.tenant), 0),
           (SELECT event_id FROM events e WHERE e.stream = f.stream AND e.tenant = f.tenant AND e.version = f.n),
           (SELECT coalesce(min(p.n), 0) FROM parked p WHERE p.tenant = f.tenant AND p.stream = f.stream),
           (SELECT coalesce(max(p.n), 0) FROM parked p WHERE p.tenant = f.tenant AND p.stream = f.stream)
    FROM {feeds} AS f (tenant, stream, n)
    """,
    feeds="text text bigint",
)

EVENTS = "bigint text text text bigint text text text bytea"
INSERT_EVENT = "INSERT INTO events VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"

# What every command writes goes in one statement; public events are numbered from the newest of their key.
INSERT = Bulk(
    f"""
    WITH new_events AS (INSERT INTO events SELECT * FROM {{events}} WHERE {_UNMOVED}),
         new_results AS (INSERT INTO results SELECT * FROM {{results}} WHERE {_UNMOVED})
    INSERT INTO outbox (tenant, topic, key, n, head, data)
    SELECT m.tenant, m.topic, m.key,
           coalesce((SELECT max(o.n) FROM outbox o
                     WHERE o.tenant = m.tenant AND o.topic = m.topic AND o.key = m.key), 0)
           + row_number() OVER (PARTITION BY m.tenant, m.topic, m.key ORDER BY m.place),
           m.head, m.data
    FROM {{outbox}} WITH ORDINALITY AS m (tenant, topic, key, head, data, place)
    WHERE {_UNMOVED}
    ORDER BY m.place
    """,
    events=EVENTS,
    results="text text text text text bytea",
    outbox="text text text bytea bytea",
)

SETTLE_RESULT = Statement(
    """
    UPDATE results SET answer = $5
    WHERE tenant = $1 AND issuer = $2 AND subject = $3 AND key = $4
    """,
    "text text text text bytea",
)

UPSERT_DEADLINES = Bulk(
    f"""
    INSERT INTO deadlines SELECT * FROM {{deadlines}} WHERE {_UNMOVED}
    ON CONFLICT (tenant, deadline_id) DO UPDATE SET
        scope = excluded.scope, stream = excluded.stream, kind = excluded.kind, status = excluded.status,
        due_at = excluded.due_at, provisional = excluded.provisional, legal_effect = excluded.legal_effect,
        calendar_id = excluded.calendar_id, calendar_version = excluded.calendar_version
    """,
    deadlines="text text text text text text text smallint smallint text text",
)

INSERT_PARKED = Bulk(
    """
    INSERT INTO parked (tenant, stream, n, event_id, scope, reason, parked_at, envelope) SELECT * FROM {parked}
    ON CONFLICT (tenant, stream, n, event_id) DO UPDATE SET reason = excluded.reason
    """,
    parked="text text bigint text text text text bytea",
)

_OF_MESSAGE = "FROM parked WHERE tenant = $1 AND stream = $2 AND n = $3 AND event_id = $4"
IS_PARKED = Statement(f"SELECT 1 {_OF_MESSAGE}", "text text bigint text")
DELETE_PARKED = Statement(f"DELETE {_OF_MESSAGE}", "text text bigint text")
