"""What every store promises of what stands beside the events: deadline rows, documents of views, named positions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from shared.deadlines.model import FIRST_PLACE
from shared.eventstore.port import Document, EventLog
from tests.support.logs import BACKENDS, Backend, location_of, opened
from tests.support.toy_service import CounterChanged, SetAlarm, StopAlarm, command, envelope

Log = EventLog[Any]

EARLY, LATER, LATEST = (f"2026-03-{day:02}T16:00:00.000Z" for day in (2, 3, 4))


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    backend: Backend = request.param
    async with opened(location_of(backend, request)) as log:
        yield log


async def due(log: Log, now: str = LATEST) -> list[str]:
    return [row.scope.removeprefix("counter/") for row in await log.due_deadlines(now, 10)]


async def alarm(log: Log, counter: str, due_at: str, *, key: str = "set", **more: Any) -> None:
    await log.submit(command(SetAlarm(due_at=due_at, **more), f"{counter}-{key}", counter=counter))


async def test_deadline_rows_come_and_go_with_their_events(log: Log) -> None:
    await alarm(log, "c1", LATER)
    await alarm(log, "c2", EARLY)
    assert (await due(log), await log.next_due_at()) == (["c2", "c1"], EARLY)
    assert await due(log, EARLY) == ["c2"]
    await log.submit(command(StopAlarm(), "stop", counter="c2"))
    assert (await due(log), await log.next_due_at()) == (["c1"], LATER)
    await alarm(log, "c1", LATEST, key="again")
    assert (await due(log, LATER), await log.next_due_at()) == ([], LATEST)


async def test_the_last_change_in_a_batch_is_the_row(log: Log) -> None:
    await asyncio.gather(*(alarm(log, "c1", due_at, key=due_at) for due_at in (LATEST, EARLY, LATER)))
    [row] = await log.due_deadlines(LATEST, 10)
    assert row.due_at == LATER


async def test_r_403_a_provisional_deadline_is_never_due(log: Log) -> None:
    await alarm(log, "c1", EARLY, provisional=True)
    assert (await due(log), await log.next_due_at()) == ([], None)


async def test_r_404_deadlines_of_another_calendar_version_are_stale(log: Log) -> None:
    await alarm(log, "c1", EARLY, calendar_version="v1")
    await alarm(log, "c2", EARLY, calendar_version="v2", provisional=True)
    assert [row.scope for row in await log.stale_deadlines("cn", "v2", 10)] == ["counter/c1"]
    assert [row.scope for row in await log.stale_deadlines("cn", "v1", 10)] == ["counter/c2"]
    assert await log.stale_deadlines("other", "v1", 10) == []


async def test_a_work_list_goes_on_behind_the_last_row_of_a_page_also_inside_an_instant(log: Log) -> None:
    wanted = [("t1", "c2", EARLY), ("t2", "c2", EARLY), ("t1", "c3", EARLY), ("t1", "c1", LATER)]
    for tenant, counter, due_at in reversed(wanted):
        await log.submit(command(SetAlarm(due_at=due_at), f"{counter}-set", counter=counter, tenant=tenant))
    for page_of in (
        lambda after: log.due_deadlines(LATEST, 1, after),
        lambda after: log.stale_deadlines("cn", "v2", 1, after),
    ):
        place, found = FIRST_PLACE, []
        while page := await page_of(place):
            place = page[-1].place
            found += [(row.tenant, row.scope.removeprefix("counter/"), row.due_at) for row in page]
        assert found == wanted


async def test_what_a_tenant_has_parked_holds_no_deadline_of_another(log: Log) -> None:
    for tenant in ("t1", "t2"):
        await log.submit(command(SetAlarm(due_at=EARLY), "set", tenant=tenant))
    await log.receive(envelope(1, CounterChanged(counter="c", amount=1, total=1, note="poison"), tenant="t2"))
    assert [row.tenant for row in await log.due_deadlines(LATEST, 10)] == ["t1"]


async def test_parked_messages_hold_the_legal_deadlines_of_their_scope_only(log: Log) -> None:
    await alarm(log, "c1", EARLY)
    await alarm(log, "c2", EARLY)
    await alarm(log, "c3", EARLY, legal_effect=False)
    poison = CounterChanged(counter="c", amount=1, total=1, note="poison")
    for counter in ("c1", "c3"):
        await log.receive(envelope(1, poison, key=counter))
    assert sorted(await due(log)) == ["c2", "c3"]
    await log.discard_parked(envelope(1, poison, key="c1"), "a defect")
    assert sorted(await due(log)) == ["c1", "c2", "c3"]


async def test_parked_messages_of_another_tenant_hold_nothing_here(log: Log) -> None:
    """The planted violation: a parked scope of any tenant holds."""
    await alarm(log, "c1", EARLY)
    poison = CounterChanged(counter="c1", amount=1, total=1, note="poison")
    assert (await log.receive(envelope(1, poison, key="c1", tenant="t2"))).kind == "parked"
    assert (await due(log), await log.next_due_at()) == (["c1"], EARLY)


def document(key: str, body: str | None, *, tenant: str = "t1", order: str = "", labels: str = "*") -> Document:
    encoded = None if body is None else body.encode()
    return Document(tenant=tenant, key=key, body=encoded, order=order, labels=tuple(labels.split()))


async def listed(log: Log, label: str, tenant: str | None = "t1", **more: Any) -> list[str]:
    return [found.key for found in await log.list_documents("v", tenant, label, **more)]


async def test_documents_and_position_move_together_or_not_at_all(log: Log) -> None:
    assert await log.put_documents("v", [document("a", "1")], 0, 5)
    assert not await log.put_documents("v", [document("a", "2")], 0, 6)
    assert not await log.put_documents("v", [document("a", "2")], 4, 6)
    assert (await log.get_document("v", "t1", "a"), await log.get_position("v")) == (b"1", 5)
    assert await log.put_documents("v", [document("a", "2")], 5, 6)
    assert (await log.get_document("v", "t1", "a"), await log.get_position("v")) == (b"2", 6)


async def test_one_of_two_runners_wins(log: Log) -> None:
    outcomes = await asyncio.gather(*(log.put_documents("v", [document("a", str(n))], 0, n) for n in range(1, 5)))
    assert sorted(outcomes) == [False, False, False, True]
    winner = outcomes.index(True) + 1
    assert (await log.get_document("v", "t1", "a"), await log.get_position("v")) == (
        str(winner).encode(),
        winner,
    )


async def test_documents_are_listed_by_label_in_their_order(log: Log) -> None:
    documents = [
        document("a", "1", order="3", labels="* open $due"),
        document("b", "2", order="1", labels="* open $due"),
        document("c", "3", order="2", labels="* $due"),
        document("d", "4", order="2", labels="* $due", tenant="t2"),
    ]
    await log.put_documents("v", documents, 0, 1)
    assert await listed(log, "*") == ["b", "c", "a"]
    assert await listed(log, "open") == ["b", "a"]
    assert await listed(log, "$due", None) == ["b", "c", "d", "a"]
    with pytest.raises(ValueError, match="work list"):
        await listed(log, "*", None)
    assert await listed(log, "*", after=("1", "b"), limit=1) == ["c"]
    assert await listed(log, "closed") == []


async def test_a_document_written_again_loses_its_old_labels(log: Log) -> None:
    await log.put_documents("v", [document("a", "1", labels="open"), document("b", "1", labels="open")], 0, 1)
    await log.put_documents("v", [document("a", "2", labels="closed"), document("b", None)], 1, 2)
    assert (await listed(log, "open"), await listed(log, "closed")) == ([], ["a"])
    assert await log.get_documents("v", [("t1", "a"), ("t1", "b"), ("t2", "a")]) == {("t1", "a"): b"2"}


async def test_many_documents_are_fetched_at_once(log: Log) -> None:
    keys = [("t1", f"{n:04}") for n in range(1000)]
    await log.put_documents("v", [document(key, key) for _, key in keys], 0, 1)
    assert await log.get_documents("v", keys) == {key: key[1].encode() for key in keys}


async def test_a_dropped_view_is_gone_and_others_stay(log: Log) -> None:
    for view in ("v", "w"):
        await log.put_documents(view, [document("a", "1")], 0, 1)
    await log.drop_view("v")
    assert (await log.get_position("v"), await listed(log, "*")) == (0, [])
    assert (await log.get_position("w"), await log.get_document("w", "t1", "a")) == (1, b"1")


async def test_a_named_position_is_compared_and_set(log: Log) -> None:
    assert await log.get_position("bus") == 0
    moved = [await log.set_position("bus", *move) for move in ((0, 5), (0, 7), (5, 9), (9, 4))]
    assert moved == [True, False, True, True]
    assert await log.get_position("bus") == 4


async def test_a_document_has_a_place_of_its_own_in_a_list_and_leaves_it_when_it_moves(log: Log) -> None:
    """A list by arrival beside a work list by time: each list has the document once, where it says."""
    first = replace(document("a", "1", order="9", labels="* $due"), places={"$due": "1"})
    second = replace(document("b", "2", order="8", labels="* $due"), places={"$due": "2"})
    assert await log.put_documents("v", [first, second], 0, 1)
    assert (await listed(log, "*"), await listed(log, "$due")) == (["b", "a"], ["a", "b"])
    moved = replace(first, places={"$due": "3"})
    assert await log.put_documents("v", [moved], 1, 2)
    assert (await listed(log, "*"), await listed(log, "$due", tenant=None)) == (["b", "a"], ["b", "a"])
    assert await log.put_documents("v", [replace(moved, labels=("*",), places={})], 2, 3)
    assert (await listed(log, "*"), await listed(log, "$due")) == (["b", "a"], ["b"])
    assert await log.put_documents("v", [replace(second, body=None)], 3, 4)
    assert (await listed(log, "*"), await listed(log, "$due")) == (["a"], [])
