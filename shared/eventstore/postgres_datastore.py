"""The library's PostgreSQL datastore with the ledger's connections: one schema a service, durable commits.

Settings travel as start-up parameters, so that nothing that resets a session changes what the guarantees rest on.
"""

from __future__ import annotations

import re
import zlib
from typing import Any
from urllib.parse import unquote

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import tuple_row

CONNECT_TIMEOUT_S = 5
CONNECTIONS_MIN = 1
CONNECTIONS_MAX = 8

# How long a writer waits for the lock of the log, and how long a session may hold it without doing anything: a
# process that was stopped with the lock in its hands loses its session, and the others go on.
LOCK_WAIT_MAX_S = 10
IDLE_WITH_LOCK_MAX_S = 10

# The same for a process that stopped while it was handing over rows: PostgreSQL does not call that idle. Servers before
# 17 cannot end it; there the end of the process or of its connection does.
TRANSACTION_MAX_S = 20
TRANSACTION_TIMEOUT_SINCE = 170000

# The writer's statements are few, prepared once, and look everything up by an index: planning them anew for every
# batch costs more than running them, and a plan made while the tables were empty must still be right when they are not.
WRITER_SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}

# How long data may stay unacknowledged before a connection counts as lost.
SILENCE_MAX_S = 10

_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def split_location(location: str) -> tuple[str, str]:
    """(dsn, schema) of `postgresql://...?schema=name`; raises ValueError when it names no proper schema."""
    server, _, query = location.partition("?")
    # Everything else goes on as it was given: libpq reads a plus as a plus, and only %20 as a space.
    others: list[str] = []
    schema = ""
    for parameter in filter(None, query.split("&")):
        name, _, value = parameter.partition("=")
        if name == "schema":
            schema = unquote(value)
        else:
            others.append(parameter)
    if not _SCHEMA.fullmatch(schema):
        raise ValueError(f"a log in PostgreSQL needs a schema of its own (?schema=name), got {schema!r}")
    return "?".join(filter(None, (server, "&".join(others)))), schema


def lock_key(schema: str) -> int:
    """The second half of an advisory lock's key: which log it is."""
    return zlib.crc32(schema.encode()) - 2**31


class LedgerDatastore(PostgresDatastore):
    """Connections to one schema: a pool for reads and documents, and one by one for the writer."""

    def __init__(self, dsn: str, schema: str) -> None:
        given = {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
        super().__init__(
            dbname=given.pop("dbname", ""),
            host=given.pop("host", ""),
            port=given.pop("port", ""),
            user=given.pop("user", ""),
            password=given.pop("password", ""),
            connect_timeout=CONNECT_TIMEOUT_S,
            idle_in_transaction_session_timeout=IDLE_WITH_LOCK_MAX_S,
            pool_size=CONNECTIONS_MIN,
            max_overflow=CONNECTIONS_MAX - CONNECTIONS_MIN,
            schema=schema,
            originator_id_type="text",
        )
        settings = {
            "search_path": schema,
            "synchronous_commit": "on",
            "default_transaction_isolation": r"read\ committed",
            "lock_timeout": f"{LOCK_WAIT_MAX_S}s",
            "idle_in_transaction_session_timeout": f"{IDLE_WITH_LOCK_MAX_S}s",
        }
        options = " ".join([given.pop("options", ""), *(f"-c {name}={value}" for name, value in settings.items())])
        self._parameters: dict[str, Any] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "tcp_user_timeout": SILENCE_MAX_S * 1000,
            "application_name": f"qizhang {schema}",
            **given,
            **{name: value for name, value in self.pool.kwargs.items() if value},  # type: ignore[union-attr]
            "options": options.strip(),
        }
        self.pool.kwargs = self._parameters

    def connect(self) -> psycopg.Connection[Any]:
        """The writer's connection, in autocommit; its rows are tuples."""
        connection = psycopg.connect(**{**self._parameters, "row_factory": tuple_row}, autocommit=True)
        settings = dict(WRITER_SETTINGS)
        if connection.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
            settings["transaction_timeout"] = f"{TRANSACTION_MAX_S}s"
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        return connection
