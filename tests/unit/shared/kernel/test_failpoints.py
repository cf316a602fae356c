"""The registry of failpoints: every point is in the code, once, and none can be armed by a wrong name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from shared.kernel import failpoints
from shared.kernel.failpoints import FAILPOINTS, FailpointReached, arm, arm_from, at_passing, failpoint, raise_here

ROOT = Path(__file__).parents[4]
CALL = re.compile(r'failpoint\("([a-z_.]+)"\)')


def passed_in(folders: tuple[Path, ...]) -> Counter[str]:
    """The names of the failpoints that code passes, with how many files pass each."""
    return Counter(
        name
        for folder in folders
        for file in folder.rglob("*.py")
        for name in set(CALL.findall(file.read_text(encoding="utf-8")))
    )


def test_every_failpoint_is_in_the_code_and_in_the_registry() -> None:
    assert set(passed_in((ROOT / "shared", ROOT / "services"))) == set(FAILPOINTS)


def test_a_failpoint_that_nobody_registered_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "stray.py").write_text('failpoint("nowhere.at_all")', encoding="utf-8")
    assert set(passed_in((tmp_path,))) - set(FAILPOINTS) == {"nowhere.at_all"}


def test_an_armed_failpoint_acts_and_a_disarmed_one_does_not() -> None:
    with arm("writer.decided", raise_here):
        failpoint("writer.under_lock")
        with pytest.raises(FailpointReached):
            failpoint("writer.decided")
    failpoint("writer.decided")


def test_a_failpoint_can_act_at_a_later_passing_only() -> None:
    with arm("writer.decided", at_passing(2, raise_here)):
        failpoint("writer.decided")
        with pytest.raises(FailpointReached):
            failpoint("writer.decided")
        failpoint("writer.decided")


def test_a_process_is_armed_from_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failpoints, "_armed", {})
    arm_from("writer.decided:2=raise,writer.before_lock=raise")
    failpoint("writer.decided")
    for name in ("writer.decided", "writer.before_lock"):
        with pytest.raises(FailpointReached):
            failpoint(name)


@pytest.mark.parametrize("setting", ["writer.decided=sing", "writer.nowhere=kill", "writer.decided"])
def test_a_wrong_setting_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="failpoint"):
        arm_from(setting)


def test_a_wrong_name_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"), arm("writer.nowhere", raise_here):
        pass
