"""Planted violations for the checks of wrong clocks, and the file that sets one."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.chaos.checks.clocks import Decided, Wrong, none_by_wrong_clocks
from tests.chaos.clocks import SetClocks, set_by

WRONG = Wrong(replica="acceptance-2", ahead_s=3600.0, began_s=10.0, ended_s=20.0, ready=False)
DECIDED = Decided(replica="acceptance-2", key="X-1-accept", sent_s=11.0, answered_s=12.0)


def test_what_a_wrong_clock_decided_is_found() -> None:
    [line] = none_by_wrong_clocks([WRONG], [DECIDED])
    assert "acceptance-2" in line and "X-1-accept" in line


@pytest.mark.parametrize(
    "right",
    [
        replace(DECIDED, replica="acceptance"),
        replace(DECIDED, sent_s=9.0),
        replace(DECIDED, answered_s=21.0),
    ],
)
def test_what_others_decided_or_it_did_before_and_after_is_right(right: Decided) -> None:
    assert none_by_wrong_clocks([WRONG], [right]) == []


def test_a_process_that_calls_itself_ready_by_a_wrong_clock_is_found() -> None:
    [line] = none_by_wrong_clocks([replace(WRONG, ready=True)], [])
    assert "ready" in line


def test_a_clock_is_right_until_it_is_set_and_stays_set_when_its_process_is_started_again(tmp_path: Path) -> None:
    clocks = SetClocks(tmp_path)
    [*_, service, file] = clocks.command("acceptance-2")
    now = set_by(Path(file), lambda: 1000.0)
    assert (service, now()) == ("acceptance", 1000.0)
    clocks.set("acceptance-2", -3600.0)
    clocks.set("acceptance", 20.0)
    assert now() == -2600.0
    assert clocks.command("acceptance-2")[-1] == file
    assert now() == -2600.0
