"""The checks of deadlines find one that fired twice, early, never, or with another effect than the rule book's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.commands.command import Command
from shared.commands.decision import UNCHANGED, Decision
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineSet
from shared.kernel.instants import plus_seconds
from shared.messages.events import Event, Recorded
from shared.public_events.acceptance import Overdue
from shared.public_events.envelope import Envelope
from tests.chaos.checks.deadlines import LATE_S, fired_in_time, fired_once, right_effect
from tests.chaos.defect import with_defect
from tests.support.toy_ledger import COUNTER, Add, toy_command
from tests.unit.chaos.samples import AFTER, BEFORE, DUE, accepted, deadline, envelope, recorded

SET = recorded(DeadlineSet(deadline=deadline()), 1, at=BEFORE)
OVERDUE = envelope(Overdue(contract="X-1", item="delivery", deadline="d1", kind="review", side="customer"))


def lapsed(
    position: int = 2, *, at: str = AFTER, effective_at: str = DUE, consequence: str = "deemed_accepted"
) -> Recorded:
    event = DeadlineLapsed(deadline=deadline(), consequence=consequence)
    return recorded(event, position, at=at, effective_at=effective_at)


def met(position: int = 2, *, effective_at: str = BEFORE) -> Recorded:
    event: Event = DeadlineMet(deadline=deadline(), reason="accepted", met_by="e9")
    return recorded(event, position, effective_at=effective_at)


@pytest.mark.parametrize("end", [lapsed(), met()])
def test_r_401_a_deadline_that_ends_once_is_in_order(end: Recorded) -> None:
    fired = fired_once([SET, end], AFTER)
    assert (fired.deadlines, fired.lapsed, fired.found) == (1, int(isinstance(end.data, DeadlineLapsed)), [])
    assert fired_once([SET], BEFORE).found == []


@pytest.mark.parametrize(
    ("history", "said"),
    [
        ([SET], "has not ended"),
        ([SET, lapsed(), lapsed(3)], "ended 2 times"),
        ([SET, met(), lapsed(3)], "ended 2 times"),
        ([SET, lapsed(), recorded(DeadlineSet(deadline=deadline()), 3)], "went on after its end"),
        ([SET, lapsed(at=BEFORE)], "before it was due"),
        ([SET, lapsed(effective_at=AFTER)], f"fired as of {AFTER}"),
        ([SET, met(effective_at=DUE)], "still met it"),
    ],
)
def test_r_401_a_planted_fault_in_firing_is_found(history: list[Recorded], said: str) -> None:
    assert any(said in found for found in fired_once(history, AFTER).found)


def test_r_143_silence_accepts_once_at_the_due_instant_and_r_145_overdue_is_a_flag() -> None:
    assert right_effect([SET, lapsed()], [accepted("silence")]) == []
    assert right_effect([SET, met()], [accepted("explicit", effective_at=BEFORE)]) == []
    assert right_effect([SET, lapsed(consequence="overdue")], [OVERDUE]) == []


@pytest.mark.parametrize(
    ("end", "outbox"),
    [
        (lapsed(), []),
        (lapsed(), [accepted("silence"), accepted("silence", n=2)]),
        (lapsed(), [accepted("silence", effective_at=AFTER)]),
        (met(), [accepted("silence")]),
        (lapsed(consequence="overdue"), [accepted("silence")]),
    ],
    ids=["none", "twice", "at another instant", "although it was met", "where silence never accepts"],
)
def test_r_143_a_planted_wrong_effect_is_found(end: Recorded, outbox: list[Envelope]) -> None:
    assert right_effect([SET, end], outbox) != []


def test_what_fired_long_after_it_was_due_is_found_unless_legal_time_jumped() -> None:
    soon, late = plus_seconds(DUE, LATE_S - 1), plus_seconds(DUE, LATE_S + 1)
    assert fired_in_time([SET, lapsed(at=soon)], late, 1.0, 0.0) == []
    [line] = fired_in_time([SET, lapsed(at=late)], late, 1.0, 0.0)
    assert "after it was due" in line
    assert fired_in_time([SET, lapsed(at=late)], late, 6 * 3600.0, 0.0) == []
    assert fired_in_time([SET, lapsed(at=late)], late, 1.0, 3600.0) == []
    assert fired_in_time([SET, lapsed(at=late)], soon, 1.0, 0.0) == []


def test_the_planted_defect_meets_the_deadlines_of_its_contracts_only() -> None:
    decided = []

    def decide(state: object, command: Command[Any], facts: object) -> Decision:
        decided.append(command.scope)
        return UNCHANGED

    service = with_defect(replace(COUNTER, decide=decide))
    elapsed = DeadlineElapsed(deadline_id="d1", due_at=DUE)
    with pytest.raises(ArithmeticError):
        service.decide(None, toy_command("contract/DEFECT-1", elapsed, "a"), {})
    service.decide(None, toy_command("contract/X-1", elapsed, "b"), {})
    service.decide(None, toy_command("contract/DEFECT-1", Add(amount=1), "c"), {})
    assert decided == ["contract/X-1", "contract/DEFECT-1"]
