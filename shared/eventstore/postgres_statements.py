"""The statements of a write to PostgreSQL, in the order in which a transaction sends them."""

from __future__ import annotations

from shared.eventstore.postgres_arrays import Bulk
from shared.eventstore.store import BEGINNING

LOCK = "SELECT pg_advisory_xact_lock(%s, %s)"

NOW_S = "SELECT extract(epoch FROM clock_timestamp())::float8"

TAIL = f"""
    SELECT coalesce(max(position), 0),
           (SELECT event_id FROM events ORDER BY position DESC LIMIT 1),
           (SELECT event_id FROM events WHERE position = %s),
           coalesce((SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1), '{BEGINNING}'),
           extract(epoch FROM clock_timestamp())::float8
    FROM events
"""

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

SCOPE = "SELECT position, body FROM events WHERE tenant = %s AND scope = %s AND position > %s ORDER BY position"

# What is stored under any combination of these parts: there are few of each but of keys.
RESULTS = """
    SELECT * FROM results
    WHERE tenant = ANY(%b::text[]) AND issuer = ANY(%b::text[]) AND subject = ANY(%b::text[]) AND key = ANY(%b::text[])
"""

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

INSERT_EVENTS = Bulk("INSERT INTO events SELECT * FROM {events}", events=EVENTS)

# What every command writes goes in one statement; public events are numbered from the newest of their key.
INSERT = Bulk(
    """
    WITH new_events AS (INSERT INTO events SELECT * FROM {events}),
         new_results AS (INSERT INTO results SELECT * FROM {results})
    INSERT INTO outbox (tenant, topic, key, n, head, data)
    SELECT m.tenant, m.topic, m.key,
           coalesce((SELECT max(o.n) FROM outbox o
                     WHERE o.tenant = m.tenant AND o.topic = m.topic AND o.key = m.key), 0)
           + row_number() OVER (PARTITION BY m.tenant, m.topic, m.key ORDER BY m.place),
           m.head, m.data
    FROM {outbox} WITH ORDINALITY AS m (tenant, topic, key, head, data, place)
    ORDER BY m.place
    """,
    events=EVENTS,
    results="text text text text text bytea",
    outbox="text text text bytea bytea",
)

SETTLE_RESULT = """
    UPDATE results SET answer = %(answer)s
    WHERE tenant = %(tenant)s AND issuer = %(issuer)s AND subject = %(subject)s AND key = %(key)s
"""

UPSERT_DEADLINES = Bulk(
    """
    INSERT INTO deadlines SELECT * FROM {deadlines}
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

_OF_MESSAGE = "FROM parked WHERE tenant = %s AND stream = %s AND n = %s AND event_id = %s"
IS_PARKED = f"SELECT 1 {_OF_MESSAGE}"
DELETE_PARKED = f"DELETE {_OF_MESSAGE}"
