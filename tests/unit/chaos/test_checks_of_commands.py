"""The check that finds a lost or doubled act finds each planted one, and nothing where all is well."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from shared.commands.decision import Outcome, OutcomeKind, Result
from shared.commands.stored_answer import StoredAnswer, encode_answer
from shared.deadlines.model import DeadlineSet
from shared.eventstore.store import ResultKey, ResultRow
from shared.kernel.ids import derived_id
from shared.messages.events import Recorded
from tests.chaos.checks.commands import acknowledged_once, positions_dense
from tests.chaos.client import Acknowledged
from tests.unit.chaos.samples import BEFORE, deadline, recorded

KEY: ResultKey = ("demo", "test", "wang", "X-1-draft")
CAUSE = derived_id(*KEY, "f")
ACT = Acknowledged(service="contracts", subject="wang", key="X-1-draft", kind="done", events=("e1", "e2"))


def answers(events: tuple[str, ...] = ("e1", "e2"), kind: OutcomeKind = "done") -> dict[ResultKey, ResultRow]:
    result = Result(outcome=Outcome(kind=kind), stream="s", version=2, position=2, event_ids=events)
    return {KEY: ResultRow(*KEY, "f", encode_answer(StoredAnswer(result=result)))}


def log(*ids: str) -> list[Recorded]:
    return [recorded(DeadlineSet(deadline=deadline()), n, event_id=id, cause=CAUSE) for n, id in enumerate(ids, 1)]


def test_r_420_an_act_that_is_there_once_is_in_order() -> None:
    assert acknowledged_once([ACT], answers(), log("e1", "e2", "another")[:2]) == []
    waiting = replace(ACT, kind="conditional")
    assert acknowledged_once([waiting], answers(kind="without_effect"), log("e1", "e2")) == []


@pytest.mark.parametrize(
    ("stored", "events", "said"),
    [
        ({}, log("e1", "e2"), "nothing stands under its key"),
        (answers(), log("e1"), "event e2 is in the log 0 times"),
        (answers(), log("e1", "e2", "e2"), "event e2 is in the log 2 times"),
        (answers(("e8", "e9")), log("e1", "e2"), "stored with"),
        (answers(kind="without_effect"), log("e1", "e2"), "stored as without_effect"),
        (answers(), log("e1", "e2", "e3"), "events ['e3'] were recorded beside"),
    ],
)
def test_r_420_a_planted_loss_or_double_is_found(
    stored: dict[ResultKey, ResultRow], events: list[Recorded], said: str
) -> None:
    (found,) = acknowledged_once([ACT], stored, events)
    assert said in found


def test_positions_and_versions_count_without_gaps() -> None:
    first, second, third = log("e1", "e2", "e3")
    assert positions_dense([first, second, third]) == []
    assert "position 3 stands where 2 should" in positions_dense([first, third])[0]
    assert "version 1 stands where 2 should" in positions_dense([first, replace(second, stream=first.stream)])[0]
    assert "before its predecessor" in positions_dense([first, replace(second, recorded_at=BEFORE)])[0]
