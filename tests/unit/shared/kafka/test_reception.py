"""The question for "settled through" is received after what was appended to the inbound topic is decided (R-401)."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import ConsumerRecord
from msgspec.structs import replace

from shared.eventstore.port import Receipt
from shared.kafka import reception
from shared.kafka.reception import Reception
from shared.kernel.clock import VirtualLegalClock
from shared.public_events.deadlines import DeadlineIsDue
from shared.public_events.envelope import Envelope
from tests.support.toy_ledger import MIRROR, START, toy_envelope


class Story:
    """A log and an intake that note what they are asked, in order."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def receive(self, envelope: Envelope) -> Receipt:
        self.steps.append("received")
        return Receipt(kind="applied")

    async def caught_up(self) -> None:
        self.steps.append("caught up")


@pytest.mark.parametrize(
    ("type", "with_intake", "steps"),
    [
        (DeadlineIsDue.TYPE, True, ["caught up", "received"]),
        (DeadlineIsDue.TYPE, False, ["received"]),
        ("toy.counter_changed.v1", True, ["received"]),
    ],
)
async def test_r_401_what_was_appended_before_is_decided_before_the_question_is_received(
    type: str, with_intake: bool, steps: list[str]
) -> None:
    story: Any = Story()
    dead_letters: Any = None
    reception = Reception(MIRROR, story, dead_letters, VirtualLegalClock(START), story if with_intake else None)
    await reception.receive(replace(toy_envelope("c1", 1, 1), type=type))
    assert story.steps == steps


class Copies:
    """Remembers why records were put aside."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    async def put(self, topic: str, place: str, key: Any, value: Any, headers: Any, reason: str) -> None:
        self.reasons.append(f"{place} {reason}")


async def test_a_record_that_meets_a_defect_while_it_is_read_is_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its partition goes on; that its number is missing lets only its own feed wait, and is named."""

    def defect(*record: Any) -> Envelope:
        raise RecursionError("planted")

    monkeypatch.setattr(reception, "envelope_of", defect)
    story: Any = Story()
    copies: Any = Copies()
    taking = Reception(MIRROR, story, copies, VirtualLegalClock(START))
    record = ConsumerRecord("ledger.toys.v1", 1, 7, 0, 0, b"k", b"{}", None, 1, 2, ())
    assert await taking.read("ledger.toys.v1", record) is None
    assert len(copies.reasons) == 1
    assert copies.reasons[0].startswith("1:7 ") and "RecursionError: planted" in copies.reasons[0]
