"""Builds a view anew from the log into a generation of its own beside the live one, and swaps (R-462)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from shared.eventstore.port import EventLog
from shared.eventstore.replay import pages
from shared.kernel.clock import MachineClock
from shared.projections.fold import ViewFold
from shared.projections.generations import DROP_AFTER_S, live_name, pointer_name, stored_name
from shared.projections.view import View

# Pages small enough to stay in the cache of the processor while they are folded.
PAGE_EVENTS = 500

# A document is touched by many events, so it is written once for many of them; this bounds what waits in memory.
DOCUMENTS_A_WRITE = 1_000


class SwapLost(Exception):
    """Another rebuild of the same view was faster; its result is live."""


async def rebuild(log: EventLog[Any], view: View[Any], machine: MachineClock, *, batch: int = PAGE_EVENTS) -> int:
    """Rebuild `view` and make it live; returns the position it was built up to. Raises SwapLost.

    The old generation, and those of older versions of the view, are dropped once every reader has looked again.
    """
    live = await log.get_position(pointer_name(view))
    fold = await build(log, view, stored_name(view, live + 1), batch=batch)
    # Readers must not fall behind what they have read already.
    while fold.position < await log.get_position(stored_name(view, live)):
        await fold_on(log, fold, batch=batch)
    if not await log.set_position(pointer_name(view), live, live + 1):
        raise SwapLost(view.stored_name)
    await machine.sleep(DROP_AFTER_S)
    await log.drop_view(stored_name(view, live))
    for version in range(1, view.version):
        await log.drop_view(await live_name(log, replace(view, version=version)))
    return fold.position


async def build(
    log: EventLog[Any],
    view: View[Any],
    name: str,
    *,
    up_to: int | None = None,
    batch: int = PAGE_EVENTS,
) -> ViewFold:
    """Fold the log from its beginning into a generation under `name`; what stood under it is dropped."""
    await log.drop_view(name)
    fold = ViewFold(log, view, name)
    await fold.load()
    await fold_on(log, fold, up_to=up_to, batch=batch)
    return fold


async def fold_on(log: EventLog[Any], fold: ViewFold, *, up_to: int | None = None, batch: int = PAGE_EVENTS) -> None:
    """Fold what the log has behind the fold's position, at most to the position `up_to`, and write it.

    Reading, folding and writing overlap, so that the store works while the next page is folded.
    """
    writing = asyncio.create_task(fold.write())
    try:
        async with aclosing(pages(log, fold.folded, batch)) as read:
            async for events in read:
                wanted = [event for event in events if up_to is None or event.position <= up_to]
                await fold.fold(wanted)
                if fold.unwritten >= DOCUMENTS_A_WRITE:
                    await writing
                    writing = asyncio.create_task(fold.write())
                if len(wanted) < len(events):
                    break
    finally:
        await writing
    await fold.write(at_least=0)
