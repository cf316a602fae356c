"""Compares the live documents of a view with a replay of the log, byte for byte (R-462).

It works beside a running ledger: the replay follows the live view's position, and what differs is looked at again, so
that an event folded in the meantime is not taken for a difference.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from msgspec import Struct

from shared.eventstore.port import PAGE_MAX, Document, EventLog
from shared.eventstore.replay import pages
from shared.projections.broken import is_broken
from shared.projections.fold import ALL_LABEL, ViewFold
from shared.projections.generations import live_name
from shared.projections.rebuild import build, fold_on
from shared.projections.view import View

# So often what differs is compared again while the ledger runs.
ROUNDS_MAX = 5

Key = tuple[str, str]


class Difference(Struct, frozen=True, kw_only=True):
    """A document that is not what the log says; None means absent. What cannot be folded is broken on both sides."""

    view: str
    tenant: str
    key: str
    live: bytes | None
    replayed: bytes | None


async def differences(log: EventLog[Any], view: View[Any]) -> list[Difference]:
    """Replay the log into a scratch generation of `view`, as far as the live one is, and compare."""
    name = f"{view.stored_name}.verify"
    live = await live_name(log, view)
    fold = await build(log, view, name, up_to=await log.get_position(live))
    try:
        suspects = await _unequal_keys(log, live, name)
        # Broken here and there alike is no agreement with the log.
        suspects += sorted(fold.broken.difference(suspects))
        found: list[Difference] = []
        for _ in range(ROUNDS_MAX if suspects else 0):
            found = await _compare(log, view, live, fold, suspects)
            suspects = [(difference.tenant, difference.key) for difference in found]
        return found
    finally:
        await log.drop_view(name)


async def _unequal_keys(log: EventLog[Any], live: str, replayed: str) -> list[Key]:
    unequal: list[Key] = []
    for tenant in await _tenants(log):
        bodies = {document.key: document async for document in _all(log, replayed, tenant)}
        async for document in _all(log, live, tenant):
            if bodies.pop(document.key, None) != document:
                unequal.append((tenant, document.key))
        unequal.extend((tenant, key) for key in bodies)
    return unequal


async def _compare(log: EventLog[Any], view: View[Any], live: str, fold: ViewFold, keys: list[Key]) -> list[Difference]:
    await fold_on(log, fold, up_to=await log.get_position(live))
    shown = await log.get_documents(live, keys)
    replayed = await log.get_documents(fold.name, keys)
    return [
        Difference(view=view.name, tenant=at[0], key=at[1], live=shown.get(at), replayed=replayed.get(at))
        for at in keys
        if shown.get(at) != replayed.get(at) or is_broken(shown.get(at) or b"")
    ]


async def _all(log: EventLog[Any], name: str, tenant: str) -> AsyncIterator[Document]:
    after = ("", "")
    while page := await log.list_documents(name, tenant, ALL_LABEL, after, PAGE_MAX):
        for document in page:
            yield document
        after = (page[-1].order, page[-1].key)


async def _tenants(log: EventLog[Any]) -> list[str]:
    tenants: set[str] = set()
    async with aclosing(pages(log)) as read:
        async for events in read:
            tenants.update(event.tenant for event in events)
    return sorted(tenants)
