"""Checks of the demo: what the rule book says beside what the ledger says; one difference and the demo fails."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from services.demo.player import Answer, Kind


class Expected(Struct, frozen=True, kw_only=True):
    """How an act has to end; `rule` is the rule that the answer has to name, empty for one that is done."""

    kind: Kind
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.rule}".strip()


DONE = Expected(kind="done")
UNCHANGED = Expected(kind="unchanged")


def refused(rule: str) -> Expected:
    """Refused by a rule; nothing is recorded."""
    return Expected(kind="refused", rule=rule)


def without_effect(rule: str) -> Expected:
    """Recorded, but it does not count, by a rule (R-426)."""
    return Expected(kind="without_effect", rule=rule)


class Checks:
    """Collects the differences and writes one line for every check."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self.passed = 0
        self.failures: list[str] = []

    def equal(self, what: str, expected: object, found: object) -> None:
        """`what` names the rule and the matter."""
        if expected == found:
            self.passed += 1
            self._write(f"      ✔ {what}: {_shown(expected)}")
        else:
            self._fail(what, expected, found)

    def outcome(self, what: str, expected: Expected, answer: Answer) -> None:
        """An act ended as it had to; said only when it did not."""
        rule = answer.rule if expected.rule else ""
        if expected == Expected(kind=answer.kind, rule=rule):
            self.passed += 1
        else:
            self._fail(what, expected, f"{answer.kind} {answer.rule} {answer.body}")

    def _fail(self, what: str, expected: object, found: object) -> None:
        self.failures.append(what)
        self._write(
            f"      ✘ {what}\n        应为 expected: {_shown(expected)}\n        实为 found:    {_shown(found)}"
        )


def _shown(value: object) -> str:
    """A value as people read it; a list as its parts."""
    if isinstance(value, list | tuple):
        return " · ".join(_shown(part) for part in value)
    return "—" if value is None or value == "" else str(value)
