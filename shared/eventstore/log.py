"""Opens the log of a service where it is kept: in a file, in a schema of a database, or in memory."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TypeVar

from shared.commands.service import Service
from shared.eventstore.service_log import ServiceLog
from shared.eventstore.store import Store
from shared.eventstore.threads import Threads
from shared.kernel.clock import LegalClock, MachineClock
from shared.messages.dictionary import Dictionary

S = TypeVar("S")

OWNER_ONLY = 0o600

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")
MEMORY = "memory:"


async def open_log(service: Service[S], location: str, legal: LegalClock, machine: MachineClock) -> ServiceLog[S]:
    """The log of `service` at a location, with its tables brought up to date.

    Locations: `sqlite:///relative/or//absolute/path` (one file a service), `postgresql://...?schema=name` (one schema
    a service), `memory:`. Raises ValueError for another location and StoreUnavailable when it cannot be opened.
    """
    store = await asyncio.to_thread(_open_store, location, machine, service.dictionary)
    return ServiceLog(service, store, Threads(service.name), legal, machine)


def _keep_from_others(path: Path) -> None:
    """Contracts are nobody's business but the ledger's; SQLite gives the files beside this one the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
    path.chmod(OWNER_ONLY)


def _open_store(location: str, machine: MachineClock, dictionary: Dictionary) -> Store:
    """The drivers are imported here, so that a process loads only the one it uses."""
    if location == MEMORY:
        from shared.eventstore.memory_store import MemoryStore

        return MemoryStore(machine)
    if location.startswith(SQLITE):
        from shared.eventstore.sqlite_datastore import LedgerDatastore
        from shared.eventstore.sqlite_store import SQLiteStore

        path = Path(location.removeprefix(SQLITE))
        _keep_from_others(path)
        return SQLiteStore(LedgerDatastore(str(path)), machine, dictionary)
    if location.startswith(POSTGRES):
        from shared.eventstore.postgres_datastore import LedgerDatastore as PostgresDatastore
        from shared.eventstore.postgres_datastore import split_location
        from shared.eventstore.postgres_store import PostgresStore

        return PostgresStore(PostgresDatastore(*split_location(location)), dictionary)
    raise ValueError(f"{location!r} is no location of a log: sqlite:///path, postgresql://..., memory:")
