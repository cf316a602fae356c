"""What a view cannot fold breaks one document: the others go on, readers and operators are told, a rebuild mends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.names import NAME_BYTES_MAX
from shared.eventstore.port import Document, EventLog
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import ViewBroken
from shared.messages.events import Recorded
from shared.projections.fold import ALL_LABEL
from shared.projections.reader import ViewReader
from shared.projections.rebuild import rebuild
from shared.projections.runner import Projections
from shared.projections.verify import differences
from shared.projections.view import View
from tests.support.clocks import ImpatientClock
from tests.support.logs import BACKENDS, Backend, location_of
from tests.support.toy_ledger import COUNTER, START, TALLIES, TENANT, Add, Tally, toy_command

POISON = 13


def poisoned(recorded: Recorded) -> bool:
    return getattr(recorded.data, "amount", None) == POISON


def keys(recorded: Recorded) -> tuple[str, ...]:
    return (recorded.scope,)


def keys_fail(recorded: Recorded) -> tuple[str, ...]:
    if poisoned(recorded):
        raise LookupError("a defect in keys")
    return keys(recorded)


def apply_fails(document: Tally | None, key: str, recorded: Recorded) -> Tally | None:
    if poisoned(recorded):
        raise ArithmeticError("a defect in apply")
    return TALLIES.apply(document, key, recorded)


def order_fails(document: Tally) -> str:
    if document.total >= POISON:
        raise TypeError("a defect in order")
    return TALLIES.order(document)


def labels_fail(document: Tally) -> tuple[str, ...]:
    if document.total >= POISON:
        raise TypeError("a defect in labels")
    return TALLIES.labels(document)


SOUND: View[Tally] = replace(TALLIES, keys=keys)
STAGES = {
    "keys": replace(SOUND, keys=keys_fail),
    "apply": replace(SOUND, apply=apply_fails),
    "order": replace(SOUND, order=order_fails),
    "labels": replace(SOUND, labels=labels_fail),
}


@pytest.fixture
async def log() -> AsyncIterator[EventLog[Any]]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield log
    await log.close()


async def add(log: EventLog[Any], scope: str, amount: int, tenant: str = TENANT) -> None:
    key = str(await log.head())
    await log.submit(toy_command(f"counter/{scope}", Add(amount=amount), key, tenant=tenant))


async def shown(reader: ViewReader, view: View[Tally], scope: str, tenant: str = TENANT) -> int | str:
    """The total that is shown, or that it is broken."""
    try:
        tally = await reader.get(view, tenant, f"counter/{scope}")
    except ViewBroken:
        return "broken"
    return tally.total if tally else 0


@pytest.mark.parametrize("stage", STAGES)
async def test_one_document_is_broken_and_all_others_go_on(log: EventLog[Any], stage: str) -> None:
    view = STAGES[stage]
    runner = Projections("counter", log, [SOUND_TWIN, view], ImpatientClock())
    reader = ViewReader(log, runner)
    await add(log, "c1", 1)
    await add(log, "c1", POISON)
    await add(log, "c2", 2)
    await add(log, "c1", 3, tenant="others")
    await runner.catch_up()
    await add(log, "c1", 4)
    await add(log, "c2", 5)
    await runner.catch_up()
    assert (runner.failing(), runner.position, runner.broken) == ((), 6, 1)
    assert [await shown(reader, view, scope) for scope in ("c1", "c2")] == ["broken", 7]
    assert await shown(reader, view, "c1", "others") == 3
    assert await shown(reader, SOUND_TWIN, "c1") == 1 + POISON + 4
    listed, _ = await reader.list(view, TENANT, ALL_LABEL, None, 10)
    assert [tally.key for tally in listed] == ["counter/c2"]
    # Whoever comes later knows, and a replay breaks it alike: `verify` tells of it though nothing differs.
    later = Projections("counter", log, [view], ImpatientClock())
    await later.catch_up()
    assert later.broken == 1
    (found,) = await differences(log, view)
    assert (found.tenant, found.key) == (TENANT, "counter/c1")
    assert found.live == found.replayed and found.live and b"a defect in" in found.live


SOUND_TWIN: View[Tally] = replace(SOUND, name="twin")

LONG = "x" * (NAME_BYTES_MAX + 1)


def keys_too_long(recorded: Recorded) -> tuple[str, ...]:
    return (f"{recorded.scope}{LONG}" if recorded.scope == "counter/c1" else recorded.scope,)


def of_c1(bad: str, good: str) -> Callable[[Tally], str]:
    return lambda document: bad if document.key == "counter/c1" else good


NOT_STORABLE = {
    "key": replace(SOUND, keys=keys_too_long),
    "order": replace(SOUND, order=of_c1(LONG, "")),
    "label": replace(SOUND, labels=lambda document: (of_c1(LONG, "l")(document),)),
    "NUL in a label": replace(SOUND, labels=lambda document: (of_c1("a\0b", "l")(document),)),
    "half a pair in an order": replace(SOUND, order=of_c1("\ud800", "")),
}


@pytest.mark.parametrize("what", NOT_STORABLE)
@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_document_that_no_index_takes_breaks_alone_on_every_store(
    what: str, backend: Backend, request: pytest.FixtureRequest
) -> None:
    """The database refused the whole batch, and the view stood still for everybody."""
    view, clock = NOT_STORABLE[what], ImpatientClock()
    log = await open_log(COUNTER, location_of(backend, request), VirtualLegalClock(START), clock)
    key = f"counter/c1{LONG}" if what == "key" else "counter/c1"
    for scope in ("c1", "c2", "c1"):
        await add(log, scope, 1)
    runner = Projections("counter", log, [view], clock)
    await runner.catch_up()
    assert (runner.failing(), runner.position, runner.broken) == ((), 3, 1)
    reader = ViewReader(log, runner)
    assert await shown(reader, view, "c2") == 1
    with pytest.raises(ViewBroken):
        await reader.get(view, TENANT, key)
    assert [difference.key.startswith("counter/c1") for difference in await differences(log, view)] == [True]
    await rebuild(log, SOUND, clock)
    mended = Projections("counter", log, [SOUND], clock)
    await mended.catch_up()
    assert (await shown(ViewReader(log, mended), SOUND, "c1"), mended.broken) == (2, 0)
    await log.close()


@pytest.mark.parametrize("stage", STAGES)
async def test_a_rebuild_under_mended_functions_mends_it(log: EventLog[Any], stage: str) -> None:
    await add(log, "c1", POISON)
    await Projections("counter", log, [STAGES[stage]], ImpatientClock()).catch_up()
    clock = ImpatientClock()
    mended = Projections("counter", log, [SOUND], clock)
    await mended.catch_up()
    await add(log, "c1", 1)
    await mended.catch_up()
    reader = ViewReader(log, mended)
    assert await shown(reader, SOUND, "c1") == "broken", "what followed was not folded into what is wrong"
    (found,) = await differences(log, SOUND)
    assert found.live != found.replayed
    await rebuild(log, SOUND, clock)
    await mended.catch_up()
    assert (await shown(reader, SOUND, "c1"), mended.broken) == (POISON + 1, 0)
    assert await differences(log, SOUND) == []


async def test_a_stored_document_that_cannot_be_read_breaks_alone(log: EventLog[Any]) -> None:
    await add(log, "c1", 1)
    await add(log, "c2", 2)
    runner = Projections("counter", log, [SOUND], ImpatientClock())
    await runner.catch_up()
    garbage = Document(tenant=TENANT, key="counter/c1", body=b'{"total":"many"}', labels=(ALL_LABEL,))
    assert await log.put_documents(SOUND.stored_name, [garbage], runner.position, runner.position + 1)
    await add(log, "c1", 1)
    for scope in ("c1", "c2"):
        await add(log, scope, 1)
    later = Projections("counter", log, [SOUND], ImpatientClock())
    await later.catch_up()
    reader = ViewReader(log, later)
    assert [await shown(reader, SOUND, scope) for scope in ("c1", "c2")] == ["broken", 3]


async def test_a_view_that_cannot_be_written_stands_still_and_the_others_go_on(log: EventLog[Any]) -> None:
    clock = ImpatientClock()
    runner = Projections("counter", log, [SOUND, SOUND_TWIN], clock)
    put_documents = log.put_documents

    async def refuse(view: str, *arguments: Any) -> bool:
        if view == SOUND_TWIN.stored_name:
            raise ArithmeticError("the store does not take it")
        return await put_documents(view, *arguments)

    log.put_documents = refuse  # type: ignore[method-assign]
    await add(log, "c1", 1)
    await runner.catch_up()
    assert (runner.failing(), runner.position) == (("twin",), 0)
    assert await shown(ViewReader(log, runner), SOUND, "c1") == 1
    log.put_documents = put_documents  # type: ignore[method-assign]
    clock.advance(60)
    await runner.catch_up()
    assert (runner.failing(), runner.position) == ((), 1)
