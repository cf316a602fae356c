"""What keeps an act from being recorded and says nothing about it holds its scope (R-401); an answer does not."""

from __future__ import annotations

import pytest

from shared.commands.defects import is_held_by
from shared.commands.system import system_command
from shared.deadlines.commands import RecomputeDeadline
from shared.kernel.errors import (
    LogUnintelligible,
    NotArrivedYet,
    NotFound,
    StoreUnavailable,
    Unintelligible,
    VersionConflict,
)
from tests.support.toy_service import NOW, Add, command


@pytest.mark.parametrize(
    ("error", "holds"),
    [
        (RuntimeError("a defect"), True),
        (Unintelligible("a value that this build does not know"), True),
        (LogUnintelligible("a newer build decides it"), False),
        (NotFound("c1"), False),
        (NotArrivedYet(), False),
        (StoreUnavailable("not received"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_r_401_what_is_no_answer_to_an_act_holds_its_scope(error: Exception, holds: bool) -> None:
    assert is_held_by(error, command(Add(amount=1), "k")) == holds
    own = system_command(
        "toy", "t1", "counter/c1", "counter/c1", RecomputeDeadline(deadline_id="d"), key=("k",), received_at=NOW
    )
    assert not is_held_by(error, own)


def test_r_401_a_conflict_that_nobody_asked_for_is_no_answer() -> None:
    error = VersionConflict("another writer was faster every time")
    assert is_held_by(error, command(Add(amount=1), "k"))
    assert not is_held_by(error, command(Add(amount=1), "k", expected_version=3))
