"""How leases changed hands, as the database itself saw it: a trigger notes every taking, by its own clock.

Looks from outside would miss that a holder had given his lease back, as every relay does when the broker goes away.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import psycopg
from psycopg import sql

from tests.chaos.checks.leases import Taking

_PREPARE: Final = (
    "CREATE SCHEMA chaos",
    "CREATE TABLE chaos.takings (lease text, before text, after text, left_s float8)",
    """CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO chaos.takings VALUES (TG_TABLE_SCHEMA || ' ' || NEW.name, OLD.owner, NEW.owner,
                                           OLD.expires_s - extract(epoch FROM clock_timestamp()));
         RETURN NULL;
       END $$""",
)
# A renewal sets no epoch; a taking does.
_WATCH: Final = sql.SQL(
    "CREATE TRIGGER note AFTER UPDATE OF epoch ON {}.leases FOR EACH ROW EXECUTE FUNCTION chaos.note()"
)


def watch(dsn: str, services: Iterable[str]) -> None:
    """Have every taking of a lease noted from now on; the services have their tables."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in _PREPARE:
            connection.execute(statement.encode())
        for service in services:
            connection.execute(_WATCH.format(sql.Identifier(service)))


def unwatch(dsn: str) -> None:
    """No more, and what was noted is forgotten."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA chaos CASCADE")


def seen(dsn: str) -> list[Taking]:
    """What was noted."""
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT lease, before, after, left_s FROM chaos.takings").fetchall()
    return [Taking(lease=lease, before=before, after=after, left_s=left_s) for lease, before, after, left_s in rows]
