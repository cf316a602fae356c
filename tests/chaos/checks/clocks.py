"""A process whose clock is wrong decides nothing, and says that it is not ready (R-409).

In: when which clock was wrong, and who answered acts when, by the clock that nobody sets, in the process of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct


class Wrong(Struct, frozen=True, kw_only=True):
    """The clock of a replica was wrong all the while from `began_s`, when it must have been noticed, to `ended_s`."""

    replica: str
    ahead_s: float
    began_s: float
    ended_s: float
    ready: bool


class Decided(Struct, frozen=True, kw_only=True):
    """A replica has answered an act with what it made of it; where it could not tell it would have said so."""

    replica: str
    key: str
    sent_s: float
    answered_s: float


def none_by_wrong_clocks(wrong: Iterable[Wrong], decided: Sequence[Decided]) -> list[str]:
    """What a replica has decided, or called itself ready, while its clock was wrong."""
    return [line for each in wrong for line in _faults(each, decided)]


def _faults(wrong: Wrong, decided: Iterable[Decided]) -> Iterator[str]:
    said = f"{wrong.replica}, whose clock was {wrong.ahead_s:+g} s ahead,"
    if wrong.ready:
        yield f"{said} called itself ready"
    for act in decided:
        if act.replica == wrong.replica and wrong.began_s <= act.sent_s and act.answered_s <= wrong.ended_s:
            yield f"{said} decided {act.key}"
