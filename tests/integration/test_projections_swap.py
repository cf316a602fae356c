"""A rebuild swaps under readers: never less than they have seen, never nothing where there was something."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Any

import pytest

from shared.messages.events import Recorded
from shared.projections.fold import ALL_LABEL
from shared.projections.generations import pointer_name
from shared.projections.reader import BEGINNING, ViewReader
from shared.projections.rebuild import rebuild
from shared.projections.runner import Projections
from tests.support.clocks import ImpatientClock
from tests.support.tallies import counter_log, live, play
from tests.support.toy_ledger import TALLIES, TENANT


async def test_a_rebuild_swaps_only_when_it_is_as_far_as_what_it_replaces() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1)])
        runner = await live(log)
        read, set_position, get_position = log.read, log.set_position, log.get_position
        bursts = iter(range(3))

        async def while_events_are_folded(*arguments: Any) -> Sequence[Recorded]:
            page = await read(*arguments)
            if not page:
                for _ in islice(bursts, 1):
                    await play(log, [(1, 1)])
                    await runner.catch_up()
            return page

        swapped = []

        async def noted(name: str, *arguments: Any) -> bool:
            if name == pointer_name(TALLIES):
                swapped.append([await get_position(f"tallies.v1{generation}") for generation in ("", ".g1")])
            return await set_position(name, *arguments)

        log.read, log.set_position = while_events_are_folded, noted  # type: ignore[method-assign]
        await rebuild(log, TALLIES, ImpatientClock())
        ((old, new),) = swapped
        assert new >= old > 1


async def test_a_reader_never_sees_less_than_before_while_a_rebuild_swaps() -> None:
    """An event is folded into the old generation between the last look of the rebuild and its swap."""
    async with counter_log() as log:
        await play(log, [(1, 1)])
        clock = ImpatientClock()
        runner = Projections("counter", log, [TALLIES], clock)
        await runner.catch_up()
        reader = ViewReader(log, runner)
        seen = []

        async def look() -> None:
            tally = await reader.get(TALLIES, TENANT, "counter/c1")
            listed, _ = await reader.list(TALLIES, TENANT, ALL_LABEL, None, 10)
            assert tally and tally in listed
            seen.append(tally.events)

        set_position = log.set_position

        async def after_one_more_event(name: str, *arguments: Any) -> bool:
            await play(log, [(1, 1)])
            await runner.catch_up()
            await look()
            swapped = await set_position(name, *arguments)
            clock.advance(60)
            await look()
            await runner.catch_up()
            await look()
            return swapped

        log.set_position = after_one_more_event  # type: ignore[method-assign]
        await rebuild(log, TALLIES, clock)
        await runner.catch_up()
        await look()
        assert seen == [2, 2, 2, 2]
        assert await runner.reading(TALLIES) == "tallies.v1.g1"


async def test_readers_go_on_to_a_generation_when_it_holds_what_the_old_one_has_shown() -> None:
    """The old one went on for a while after the swap, and the new one is folded event by event."""
    async with counter_log() as log:
        await play(log, [(1, 1)])
        clock = ImpatientClock()
        runner = Projections("counter", log, [TALLIES], clock, batch=1)
        await runner.catch_up()
        reader = ViewReader(log, runner)
        set_position, follow = log.set_position, log.follow
        seen = []

        async def and_the_old_one_goes_on(name: str, *arguments: Any) -> bool:
            swapped = await set_position(name, *arguments)
            await play(log, [(1, 1)] * 3)
            await runner.catch_up()
            clock.advance(60)
            log.follow = while_somebody_looks  # type: ignore[method-assign]
            await runner.catch_up()
            return swapped

        async def while_somebody_looks(*arguments: Any) -> Sequence[Recorded]:
            tally = await reader.get(TALLIES, TENANT, "counter/c1")
            seen.append(tally.events if tally else 0)
            return await follow(*arguments)

        log.set_position = and_the_old_one_goes_on  # type: ignore[method-assign]
        await rebuild(log, TALLIES, clock)
        assert len(seen) > 3 and set(seen) == {4}
        assert await runner.reading(TALLIES) == "tallies.v1.g1"


@pytest.mark.parametrize("followed", [True, False])
async def test_a_reader_that_paused_while_a_rebuild_ended_reads_the_new_generation(followed: bool) -> None:
    """He had learned which generation is live, and it was dropped before he read it."""
    async with counter_log() as log:
        await play(log, [(1, 1)])
        clock = ImpatientClock()
        runner = Projections("counter", log, [TALLIES], clock)
        await runner.catch_up()
        reader = ViewReader(log, runner)
        paused, go_on = asyncio.Event(), asyncio.Event()
        get_documents, list_documents = log.get_documents, log.list_documents

        def late(read: Any) -> Any:
            async def after_a_pause(name: str, *arguments: Any) -> Any:
                if name == "tallies.v1" and not go_on.is_set():
                    paused.set()
                    await go_on.wait()
                return await read(name, *arguments)

            return after_a_pause

        log.get_document = late(log.get_document)  # type: ignore[method-assign]
        reading = asyncio.create_task(reader.get(TALLIES, TENANT, "counter/c1"))
        await paused.wait()
        paused.clear()
        log.list_documents = late(list_documents)  # type: ignore[method-assign]
        listing = asyncio.create_task(reader.list(TALLIES, TENANT, ALL_LABEL, None, 10))
        await paused.wait()
        log.get_documents, log.list_documents = get_documents, list_documents  # type: ignore[method-assign]
        await rebuild(log, TALLIES, clock)
        if followed:
            await runner.catch_up()
        go_on.set()
        await asyncio.wait({reading, listing}, timeout=0)
        await runner.catch_up()
        tally = await reading
        assert tally and tally.total == 1
        assert tally in (await listing)[0]


async def test_a_document_that_does_not_exist_is_none_before_and_after_a_rebuild() -> None:
    async with counter_log() as log:
        clock = ImpatientClock()
        runner = Projections("counter", log, [TALLIES], clock)
        await runner.catch_up()
        reader = ViewReader(log, runner)
        assert await reader.get(TALLIES, TENANT, "counter/c1") is None
        await rebuild(log, TALLIES, clock)
        await runner.catch_up()
        assert await reader.get(TALLIES, TENANT, "counter/c1") is None
        assert await reader.list(TALLIES, TENANT, ALL_LABEL, None, 10) == ([], BEGINNING)
