"""A process whose clock is wrong decides nothing, takes nobody's lease, and says that it is not ready (R-409).

In: when which clock was wrong, who answered acts when, and how leases changed hands. Times are those of the clock that
nobody sets, in the process of the run; leases run by the database's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

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


class Held(Struct, frozen=True, kw_only=True):
    """Who held a lease when somebody looked, by the database's clock. `by_wrong`: a process with a wrong clock did."""

    lease: str
    epoch: int
    by_wrong: bool
    expires_s: float
    seen_s: float


def none_by_wrong_clocks(wrong: Iterable[Wrong], decided: Sequence[Decided]) -> list[str]:
    """What a replica has decided, or called itself ready, while its clock was wrong."""
    return [line for each in wrong for line in _faults(each, decided)]


def none_taken(looks: Sequence[Held]) -> list[str]:
    """Which leases a process with a wrong clock took while they had not run out; looks of one lease are in order."""
    found = []
    for lease in sorted({look.lease for look in looks}):
        for before, after in pairwise(look for look in looks if look.lease == lease):
            taken = after.epoch > before.epoch and after.by_wrong and not before.by_wrong
            if taken and after.seen_s < before.expires_s:
                found.append(
                    f"{lease}: taken by a wrong clock {before.expires_s - after.seen_s:.1f} s before it ran out"
                )
    return found


def _faults(wrong: Wrong, decided: Iterable[Decided]) -> Iterator[str]:
    said = f"{wrong.replica}, whose clock was {wrong.ahead_s:+g} s ahead,"
    if wrong.ready:
        yield f"{said} called itself ready"
    for act in decided:
        if act.replica == wrong.replica and wrong.began_s <= act.sent_s and act.answered_s <= wrong.ended_s:
            yield f"{said} decided {act.key}"
