"""Read models: live, rebuilt and replayed documents are the same bytes, whatever the history and the batches."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.eventstore.port import Document, EventLog
from shared.kernel.errors import InvalidRequest, StoreUnavailable
from shared.messages.events import Recorded
from shared.projections.fold import ALL_LABEL, ViewFold
from shared.projections.generations import live_name
from shared.projections.reader import ViewReader
from shared.projections.rebuild import SwapLost, rebuild
from shared.projections.runner import Projections
from shared.projections.verify import differences
from shared.projections.view import View
from tests.support.clocks import ImpatientClock
from tests.support.tallies import Step, counter_log, live, play
from tests.support.toy_ledger import TALLIES, TENANT, Tally

HISTORIES = st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3)), max_size=40)


async def documents(log: EventLog[Any], view: View[Any] = TALLIES) -> list[Document]:
    name = await live_name(log, view)
    return [document for tenant in (TENANT, "others") for document in await log.list_documents(name, tenant, ALL_LABEL)]


@given(HISTORIES, st.lists(st.integers(1, 7), min_size=1, max_size=5), st.integers(1, 9))
@settings(max_examples=60)
def test_r_462_live_documents_equal_a_rebuild_byte_for_byte(
    history: list[Step], live_batches: list[int], rebuild_batch: int
) -> None:
    """The live view is folded in pieces by runners that come and go; then it is rebuilt in one go."""

    async def scenario() -> None:
        async with counter_log() as log:
            for index, batch in enumerate(live_batches):
                await play(log, history[index :: len(live_batches)])
                await live(log, batch)
            before = await documents(log)
            assert await differences(log, TALLIES) == []
            await rebuild(log, TALLIES, ImpatientClock(), batch=rebuild_batch)
            assert await documents(log) == before
            assert await differences(log, TALLIES) == []

    asyncio.run(scenario())


async def test_what_could_not_be_written_is_written_later_without_another_event() -> None:
    async with counter_log() as log:
        await play(log, [(1, 4)])
        clock = ImpatientClock()
        projections = Projections("counter", log, [TALLIES], clock)
        put_documents = log.put_documents

        async def unavailable(*arguments: Any) -> bool:
            raise StoreUnavailable

        log.put_documents = unavailable  # type: ignore[method-assign]
        await projections.catch_up()
        assert projections.position == 0
        log.put_documents = put_documents  # type: ignore[method-assign]
        clock.advance(60)
        await projections.catch_up()
        assert projections.position == 1
        assert await ViewReader(log, projections).get(TALLIES, TENANT, "counter/c1") is not None


async def test_two_runners_on_one_view_fold_every_event_once() -> None:
    async with counter_log() as log:
        runners = [await live(log, 3), await live(log, 2)]
        for _ in range(5):
            await play(log, [(1, 1)] * 7)
            await asyncio.gather(*(runner.catch_up() for runner in runners))
        tally = await ViewReader(log, runners[0]).get(TALLIES, TENANT, "counter/c1")
        assert tally == Tally(key="counter/c1", total=35, events=35, history=(31, 32, 33, 34, 35))
        assert [runner.position for runner in runners] == [35, 35]


def strictly(document: Tally | None, key: str, recorded: Recorded) -> Tally | None:
    """A fold that refuses what does not follow, as those of the services do."""
    if recorded.version != (document.events if document else 0) + 1:
        raise TypeError(f"version {recorded.version} cannot follow on {document}")
    return TALLIES.apply(document, key, recorded)


async def test_a_runner_goes_on_where_another_has_written_documents_ahead_of_it() -> None:
    view = replace(TALLIES, keys=lambda recorded: (recorded.scope,), apply=strictly)
    async with counter_log() as log:
        faster, slower = (Projections("counter", log, [view], ImpatientClock()) for _ in range(2))
        for _ in range(3):
            await play(log, [(1, 1)])
            await faster.catch_up()
            await slower.catch_up()
            assert (slower.failing(), slower.position) == ((), await log.head())


async def test_a_runner_that_lost_a_race_claims_nothing_until_it_knows_where_the_view_is() -> None:
    """For a moment it told readers that the documents held what it had folded and could not write."""
    async with counter_log() as log:
        faster, slower = (ViewFold(log, TALLIES, TALLIES.stored_name) for _ in range(2))
        await play(log, [(1, 1)])
        await faster.fold(await log.read(0))
        assert await faster.write()
        await play(log, [(1, 1)])
        await slower.fold(await log.read(0))
        claimed = []
        get_position = log.get_position

        async def noted(name: str) -> int:
            claimed.append(slower.position)
            return await get_position(name)

        log.get_position = noted  # type: ignore[method-assign]
        assert not await slower.write()
        assert (claimed, slower.position) == ([0], 1)


async def test_a_reader_waits_for_what_was_written() -> None:
    async with counter_log() as log, Projections("counter", log, [TALLIES], ImpatientClock()) as projections:
        reader = ViewReader(log, projections)
        await play(log, [(1, 4)])
        assert await reader.reach(1, timeout_s=5)
        assert await reader.get(TALLIES, TENANT, "counter/c1") is not None
        assert not await reader.reach(2, timeout_s=0.01)


async def test_lists_are_paged_in_order_with_opaque_cursors() -> None:
    async with counter_log() as log:
        await play(log, [(scope, scope) for scope in (3, 1, 2)])
        reader = ViewReader(log, await live(log))
        first, cursor = await reader.list(TALLIES, TENANT, ALL_LABEL, None, 2)
        rest, end = await reader.list(TALLIES, TENANT, ALL_LABEL, cursor, 2)
        assert [tally.total for tally in (*first, *rest)] == [1, 2, 3, 6]
        assert await reader.list(TALLIES, TENANT, ALL_LABEL, end, 2) == ([], end)
        odd, _ = await reader.list(TALLIES, TENANT, "odd", None, 10)
        assert [tally.total for tally in odd] == [1, 3]
        for forged in ("%%%", "bm90IGpzb24", "W10"):
            with pytest.raises(InvalidRequest):
                await reader.list(TALLIES, TENANT, ALL_LABEL, forged, 2)


async def test_a_tampered_document_is_found() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1), (2, 2), (0, 3)])
        projections = await live(log)
        forged = Document(tenant=TENANT, key="counter/c1", body=b'{"key":"counter/c1","total":9}', labels=(ALL_LABEL,))
        stray = under_key(forged, "counter/c9")
        gone = Document(tenant=TENANT, key="counter/c2", body=None)
        assert await log.put_documents(TALLIES.stored_name, [forged, stray, gone], projections.position, 3)
        found = {(difference.key, difference.live is None) for difference in await differences(log, TALLIES)}
        assert found == {("counter/c1", False), ("counter/c2", True), ("counter/c9", False)}


def under_key(document: Document, key: str) -> Document:
    return Document(tenant=document.tenant, key=key, body=document.body, labels=document.labels)


async def test_events_that_arrive_during_verification_are_no_difference() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1), (2, 2)])
        runner = await live(log)
        list_documents = log.list_documents
        bursts = iter(range(3))

        async def while_somebody_writes(*arguments: Any) -> Any:
            for _ in islice(bursts, 1):
                await play(log, [(1, 1), (3, 1)])
                await runner.catch_up()
            return await list_documents(*arguments)

        log.list_documents = while_somebody_writes  # type: ignore[method-assign]
        assert await differences(log, TALLIES) == []


async def test_a_rebuild_is_swapped_in_under_readers_and_the_old_one_dropped() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1)])
        clock = ImpatientClock()
        projections = Projections("counter", log, [TALLIES], clock)
        await projections.catch_up()
        reader = ViewReader(log, projections)
        assert await rebuild(log, TALLIES, clock) == 1
        assert await live_name(log, TALLIES) == "tallies.v1.g1"
        assert await log.list_documents("tallies.v1", TENANT, ALL_LABEL) == []
        await play(log, [(1, 1)])
        await projections.catch_up()
        tally = await reader.get(TALLIES, TENANT, "counter/c1")
        assert tally is not None and tally.total == 2


async def test_of_two_rebuilds_at_once_one_loses() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1)])

        class Rival(ImpatientClock):
            async def sleep(self, seconds: float) -> None:
                """The first rebuild has swapped and waits: another one begins and wins the next generation."""

        await rebuild(log, TALLIES, Rival())
        await rebuild(log, TALLIES, Rival())
        set_position = log.set_position

        async def beaten(name: str, expected: int, position: int) -> bool:
            await set_position(name, expected, position)
            return await set_position(name, expected, position)

        log.set_position = beaten  # type: ignore[method-assign]
        with pytest.raises(SwapLost):
            await rebuild(log, TALLIES, Rival())


async def test_a_new_version_of_a_view_is_built_beside_the_old_one() -> None:
    async with counter_log() as log:
        await play(log, [(1, 1)])
        await live(log)
        second = replace(TALLIES, version=2, order=lambda tally: tally.key)
        projections = Projections("counter", log, [second], ImpatientClock())
        await projections.catch_up()
        assert await log.get_document("tallies.v1", TENANT, "all") is not None
        assert await ViewReader(log, projections).get(second, TENANT, "all") is not None
        await rebuild(log, second, ImpatientClock())
        assert await log.get_document("tallies.v1", TENANT, "all") is None


async def test_an_event_is_folded_once_though_it_is_offered_again_after_a_reload() -> None:
    """Another writer was faster, by less and by more than was folded here."""
    for rival_reaches in (1, 2):
        async with counter_log() as log:
            await play(log, [(1, 1)] * 3)
            events = await log.read(0)
            here, rival = (ViewFold(log, TALLIES, TALLIES.stored_name) for _ in range(2))
            await here.fold(events[: 3 - rival_reaches])
            await rival.fold(events[:rival_reaches])
            assert await rival.write() and not await here.write()
            await here.fold(events)
            assert await here.write()
            assert [(here.folded, here.written)] == [(3, 3)]
            body = await log.get_document(TALLIES.stored_name, TENANT, "counter/c1")
            assert body and b'"events":3' in body and b'"history":[1,2,3]' in body
