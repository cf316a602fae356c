"""Every command that the broker has taken is answered, once and for good (R-461)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from shared.public_events.envelope import Envelope
from shared.public_events.outcomes import CommandAnswered

# What nothing in the load forbids.
GOOD = frozenset({"done", "unchanged", "without_effect"})


def answered_once(published: Iterable[str], envelopes: Sequence[Envelope], *, refused: bool = False) -> list[str]:
    """What of the published commands has no final answer, two that differ, or one that refuses it.

    `refused`: it may be, because acts that came between them have been lost with a database.
    """
    answers: dict[str, dict[str, CommandAnswered]] = defaultdict(dict)
    for envelope in envelopes:
        answer = msgspec.json.decode(envelope.data, type=CommandAnswered)
        if answer.outcome != "conditional":
            answers[answer.request_id][envelope.event_id] = answer
    found = []
    for name in published:
        final = list(answers[name].values())
        if len(final) != 1:
            found.append(f"{name}: published, and answered {len(final)} times")
        elif not refused and final[0].outcome not in GOOD:
            found.append(f"{name}: {final[0].outcome} {final[0].code} {final[0].detail}")
    return found


def parked_as_planted(planted: Iterable[str], parked: Iterable[tuple[str, str]]) -> list[str]:
    """What is parked (contract, reason) though nobody planted it, and what was planted and is not parked."""
    expected, seen = set(planted), set()
    found = []
    for contract, reason in parked:
        if contract in expected:
            seen.add(contract)
        else:
            found.append(f"{contract}: parked: {reason}")
    return [*found, *(f"{contract}: a planted message is not parked" for contract in sorted(expected - seen))]
