"""Where a test keeps a log: one location per kind of store, and a log of the toy service opened in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from shared.commands.service import Service
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.eventstore.service_log import ServiceLog
from shared.eventstore.store import Store
from shared.eventstore.threads import Threads
from shared.kernel.clock import LegalClock, MachineClock, SystemMachineClock, VirtualLegalClock
from tests.support.toy_service import NOW, TOY

Backend = Literal["memory", "sqlite", "postgres"]
BACKENDS: tuple[Backend, ...] = ("memory", "sqlite", "postgres")
DURABLE: tuple[Backend, ...] = ("sqlite", "postgres")


def location_of(backend: Backend, request: pytest.FixtureRequest) -> str:
    """An empty place for one log of that kind."""
    if backend == "memory":
        return "memory:"
    if backend == "sqlite":
        return f"sqlite:///{request.getfixturevalue('tmp_path')}/log.db"
    dsn, schema = request.getfixturevalue("fresh_schema")
    return in_schema(dsn, schema)


def in_schema(dsn: str, schema: str) -> str:
    """The location of a log in a schema of a PostgreSQL server."""
    return f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"


@asynccontextmanager
async def opened(
    location: str,
    service: Service[Any] = TOY,
    legal: LegalClock | None = None,
    machine: MachineClock | None = None,
) -> AsyncIterator[EventLog[Any]]:
    """A log for the length of a block; legal time stands still at NOW unless a clock is given."""
    log = await open_log(service, location, legal or VirtualLegalClock(NOW), machine or SystemMachineClock())
    try:
        yield log
    finally:
        await log.close()


@asynccontextmanager
async def log_over(store: Store) -> AsyncIterator[EventLog[Any]]:
    """A log of the toy service over a store of the test's own, for the length of a block."""
    log = ServiceLog(TOY, store, Threads("toy"), VirtualLegalClock(NOW), SystemMachineClock())
    try:
        yield log
    finally:
        await log.close()
