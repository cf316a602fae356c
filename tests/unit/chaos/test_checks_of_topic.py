"""The check of published commands finds one that is not answered, answered twice, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from shared.public_events.envelope import Envelope
from shared.public_events.outcomes import CommandAnswered
from tests.chaos.checks.topic import answered_once, parked_as_planted
from tests.unit.chaos.samples import DUE, envelope


def answer(outcome: Any, n: int = 1, request: str = "X-1-report-0") -> Envelope:
    answered = CommandAnswered(
        request_source="/erp/provider",
        request_id=request,
        request_type="ledger.command.recordCommunication.v1",
        received_at=DUE,
        outcome=outcome,
        title_en="done",
        title_zh="已记录",
    )
    return envelope(answered, n, event_id=f"{request}-{n}")


def test_r_461_a_command_is_accounted_for_by_its_one_final_answer() -> None:
    assert answered_once(["X-1-report-0"], [answer("done")]) == []
    assert answered_once(["X-1-report-0"], [answer("conditional"), answer("without_effect", 2)]) == []
    assert answered_once([], [answer("done")]) == []


@pytest.mark.parametrize(
    ("outbox", "said"),
    [
        ([], "answered 0 times"),
        ([answer("conditional")], "answered 0 times"),
        ([answer("done"), answer("done", 2)], "answered 2 times"),
        ([answer("done", request="X-2-report-0")], "answered 0 times"),
        ([answer("refused")], "refused"),
    ],
)
def test_r_461_a_planted_loss_repetition_or_refusal_is_found(outbox: list[Envelope], said: str) -> None:
    (found,) = answered_once(["X-1-report-0"], outbox)
    assert said in found


def test_what_is_parked_is_what_was_planted() -> None:
    assert parked_as_planted({"X-1"}, [("X-1", "a fork"), ("X-1", "behind it")]) == []
    assert len(parked_as_planted({"X-1"}, [])) == 1
    assert len(parked_as_planted({"X-1"}, [("X-1", "a fork"), ("X-2", "a defect")])) == 1
