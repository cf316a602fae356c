"""Elements that a defect of ours keeps from going on: each rests by itself, longer every time, and the others go on."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, NamedTuple

REST_FIRST_S: Final = 0.1
REST_MAX_S: Final = 600.0
# From so many failures in a row on it is no passing trouble: readiness and a metric say so.
STUCK_FAILURES: Final = 5
# How many elements are known to rest; the longest ago is forgotten first, and tried again sooner.
RESTING_MAX: Final = 10_000

Key = tuple[str, str, str]
"""(tenant, notice, target); the target is empty where the notice waits for its targets"""


class _Rest(NamedTuple):
    failures: int
    until_s: float


class Resting:
    """What rests, by the clock that nobody sets."""

    def __init__(self) -> None:
        self._rests: OrderedDict[Key, _Rest] = OrderedDict()

    def failed(self, key: Key, now_s: float) -> int:
        """One more failure; returns how many in a row."""
        failures = self._rests.pop(key, _Rest(0, 0.0)).failures + 1
        pause_s = min(REST_MAX_S, REST_FIRST_S * 2 ** min(failures - 1, 16))
        self._rests[key] = _Rest(failures, now_s + pause_s)
        if len(self._rests) > RESTING_MAX:
            self._rests.popitem(last=False)
        return failures

    def went_well(self, key: Key) -> None:
        """It went on."""
        self._rests.pop(key, None)

    def rests(self, key: Key, now_s: float) -> bool:
        """Whether it is too early to try again."""
        rest = self._rests.get(key)
        return rest is not None and now_s < rest.until_s

    def pause_s(self, now_s: float) -> float:
        """How long until the first may be tried again; REST_MAX_S when nothing rests."""
        return min((max(0.0, rest.until_s - now_s) for rest in self._rests.values()), default=REST_MAX_S)

    @property
    def stuck(self) -> int:
        """How many have failed too often for a passing trouble."""
        return sum(rest.failures >= STUCK_FAILURES for rest in self._rests.values())
