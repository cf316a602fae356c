"""The log from a position to its end, for who reads all of it: while a page is worked on, the next one is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from shared.eventstore.port import PAGE_MAX, EventLog
from shared.messages.events import Recorded


async def pages(log: EventLog[Any], after: int = 0, page: int = PAGE_MAX) -> AsyncGenerator[Sequence[Recorded], None]:
    """The events behind `after` in commit order, in pages; to be closed by who leaves it early (`aclosing`)."""
    reading = asyncio.create_task(log.read(after, page))
    try:
        while events := await reading:
            reading = asyncio.create_task(log.read(events[-1].position, page))
            yield events
    finally:
        reading.cancel()
