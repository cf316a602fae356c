"""Commands over a topic that cannot be answered yet wait, others of their keys behind them, and no id is burnt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from shared.bus.delivery import Delivery, PartitionDelivery
from shared.commands.command import Command
from shared.commands.decision import OutcomeKind
from shared.eventstore.log import open_log
from shared.kafka.inbound import NOT_ARRIVED_WAIT_S
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.errors import LogUnintelligible, NotArrivedYet, Unintelligible
from tests.support.clocks import ImpatientClock
from tests.support.inbound import act, record
from tests.support.inbound_reception import Desk
from tests.support.toy_ledger import COUNTER, START


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield Desk(log)
    await log.close()


@pytest.mark.parametrize("error", [LogUnintelligible("a newer build"), Unintelligible("unknown")], ids=repr)
async def test_r_460_a_command_that_waits_for_a_newer_build_is_not_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def newer(command: Command[Any]) -> OutcomeKind:
        raise error

    with monkeypatch.context() as outdated:
        outdated.setattr(desk.log, "answer", newer)
        with pytest.raises(type(error)):
            await desk.take(record(act("1")))
    assert (await desk.told(), desk.copies.reasons) == ([], [])
    await desk.take(record(act("1")))
    assert [answer.outcome for answer in await desk.told()] == ["done"]


async def test_what_has_not_arrived_here_is_waited_for_and_the_id_is_not_burnt(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lag decides nothing: the command waits for a while; sent again after the answer it is decided anew."""

    async def unknown(command: Command[Any]) -> OutcomeKind:
        raise NotArrivedYet

    first = await desk.reception.read("ledger.inbound.counter.v1", record(act("1", amount=3)))
    assert first is not None
    with monkeypatch.context() as lagging:
        lagging.setattr(desk.log, "answer", unknown)
        with pytest.raises(NotArrivedYet):
            await desk.reception.receive(first)
        assert await desk.told() == []
        desk.clock.advance(NOT_ARRIVED_WAIT_S)
        await desk.reception.receive(first)
    (answer,) = await desk.told()
    assert (answer.outcome, answer.code) == ("refused", "NOT_ARRIVED")
    assert answer.title_zh
    await desk.take(record(act("1", amount=3)))
    assert [answer.outcome for answer in await desk.told()] == ["refused", "done"]


async def test_a_command_of_which_not_even_an_answer_can_be_recorded_lets_its_key_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def defect(anything: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(desk.log, "answer", defect)
    monkeypatch.setattr(desk.log, "reject", defect)
    bad = await desk.reception.read("ledger.inbound.counter.v1", record(act("1")))
    good = await desk.reception.read("ledger.inbound.counter.v1", replace(record(act("2")), key=b"other"))
    assert bad is not None and good is not None
    partition = PartitionDelivery("counter", desk.reception, desk.clock, numbered=False)
    await partition.offer([Delivery(position=1, message=bad)])
    monkeypatch.undo()
    await partition.offer([Delivery(position=2, message=good)])
    assert [answer.request_id for answer in await desk.told()] == ["2"]
    assert (partition.position, partition.waiting_feeds()[0].stands) == (0, True)
    desk.clock.advance(60.0)
    await partition.offer_waiting()
    assert [answer.request_id for answer in await desk.told()] == ["2", "1"]
