"""What goes wrong when: a pure function of a seed and a duration, so that a seed plays the same again.

In: seed, seconds, the times of leases and sessions. Out: cycles of faults. Each cycle draws a few sorts of faults, so
that runs meet combinations that an even mixture would not, and ends with everything healed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from tests.support.cluster import SERVICES, replica_name

REPLICAS: Final = 2
BROKER: Final = "broker"

Kind = Literal["kill", "pause", "restart", "cut", "clock"]
"""kill: SIGKILL, started again later. pause: SIGSTOP, then SIGCONT. restart: SIGTERM, started at once. cut: the
service's connections to PostgreSQL are terminated. clock: the machine clock of a replica is set, and later put back."""

CYCLE_S: Final = 60.0
SORTS_MAX: Final = 3
# What clocks are set by: two weeks, an hour either way, and little more than the bound allows.
SET_BY_S: Final = (14 * 86_400.0, 3600.0, -3600.0, 20.0, -2.5)
CLOCK_MIN_S: Final = 4.0
GAP_MIN_S: Final = 1.0
GAP_MAX_S: Final = 6.0
# A target that has just come back is left alone for so long, and the end of a cycle is quiet.
REST_S: Final = 4.0


class Times(Struct, frozen=True, kw_only=True):
    """How long leases, sessions, attempts to publish and requests live in a run: some pauses outlive all of them."""

    lease_s: float
    session_s: float
    publish_s: float
    request_s: float


class Fault(Struct, frozen=True, kw_only=True):
    """`target` is `broker`, a replica such as `contracts-2`, or the service whose connections are cut.

    `ahead_s` is how far a clock is set ahead; behind, when it is negative.
    """

    at_s: float
    kind: Kind
    target: str
    lasting_s: float = 0.0
    ahead_s: float = 0.0


class Restore(Struct, frozen=True, kw_only=True):
    """Of which service a copy is taken when, to be put back at the end; `running`: under its running processes."""

    service: str
    at_s: float
    running: bool


class Cycle(Struct, frozen=True, kw_only=True):
    """Faults between two instants of the run; each is over before the cycle ends."""

    number: int
    begins_s: float
    ends_s: float
    faults: tuple[Fault, ...]


def replicas() -> tuple[str, ...]:
    """The names of all processes."""
    return tuple(replica_name(service, number) for service in SERVICES for number in range(1, REPLICAS + 1))


def schedule(seed: int, duration_s: float, times: Times) -> tuple[Cycle, ...]:
    """The cycles of a run."""
    chance = random.Random(seed)
    number = max(1, round(duration_s / CYCLE_S))
    length_s = duration_s / number
    return tuple(_cycle(chance, index + 1, index * length_s, (index + 1) * length_s, times) for index in range(number))


def restore(seed: int, duration_s: float) -> Restore:
    """What is put back in a run. The catalogue is imported anew at a start, so it is left out."""
    chance = random.Random(f"restore {seed}")
    return Restore(
        service=chance.choice([service for service in SERVICES if service != "catalog"]),
        at_s=round(chance.uniform(0.3, 0.8) * duration_s, 1),
        running=chance.choice((True, False)),
    )


def _cycle(chance: random.Random, number: int, begins_s: float, ends_s: float, times: Times) -> Cycle:
    sorts = chance.sample(_SORTS, chance.randint(1, SORTS_MAX))
    return Cycle(
        number=number,
        begins_s=begins_s,
        ends_s=ends_s,
        faults=tuple(_faults(chance, sorts, begins_s, ends_s, times)),
    )


def _faults(
    chance: random.Random, sorts: list[tuple[Kind, bool]], begins_s: float, ends_s: float, times: Times
) -> Iterator[Fault]:
    free_at_s: dict[str, float] = {}
    at_s = begins_s
    while (at_s := round(at_s + chance.uniform(GAP_MIN_S, GAP_MAX_S), 1)) < ends_s - REST_S:
        kind, on_broker = chance.choice(sorts)
        target = BROKER if on_broker else chance.choice(SERVICES if kind == "cut" else replicas())
        lasting_s = min(_lasting_s(chance, kind, times), round(ends_s - REST_S - at_s, 1))
        ahead_s = chance.choice(SET_BY_S) if kind == "clock" else 0.0
        if free_at_s.get(target, 0.0) <= at_s:
            free_at_s[target] = at_s + lasting_s + REST_S
            yield Fault(at_s=at_s, kind=kind, target=target, lasting_s=lasting_s, ahead_s=ahead_s)


def _lasting_s(chance: random.Random, kind: Kind, times: Times) -> float:
    """A pause is a hiccup or outlives something; a killed process is away for a while, a clock wrong for longer."""
    match kind:
        case "pause":
            outlived_s = chance.choice((0.1, times.lease_s, times.publish_s, times.request_s))
            return round(outlived_s + chance.uniform(0.0, times.session_s), 1)
        case "kill":
            return round(chance.uniform(0.0, times.session_s), 1)
        case "clock":
            return round(CLOCK_MIN_S + chance.uniform(0.0, 2 * times.session_s), 1)
        case "restart" | "cut":
            return 0.0


# What may happen, and whether to the broker.
_SORTS: Final[tuple[tuple[Kind, bool], ...]] = (
    ("kill", False),
    ("pause", False),
    ("restart", False),
    ("cut", False),
    ("clock", False),
    ("kill", True),
    ("pause", True),
    ("restart", True),
)
