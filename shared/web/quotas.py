"""How much one caller may have the ledger store that nobody has agreed to: refusals under keys, drafts, endpoints.

A token bucket each for the person, the organisation and the tenant, in this process: what is over is 429 and stores
nothing. Acts that count are not limited here; what somebody is told who has no business here is not stored at all.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from shared.identity.tokens import Identity
from shared.kernel.clock import MachineClock
from shared.telemetry.metrics import measure
from shared.web.errors import TooManyRequests

QuotaName = Literal["refusals", "drafts", "endpoints"]
Level = Literal["subject", "organisation", "tenant"]

# Buckets of those who were limited or charged lately; the least recently used are full again when they come back.
BUCKETS_MAX: Final = 20_000

NAMES_ZH: Final[Mapping[QuotaName, str]] = {"refusals": "被拒请求", "drafts": "草稿", "endpoints": "回调端点"}
LEVELS_ZH: Final[Mapping[Level, str]] = {"subject": "本人", "organisation": "本组织", "tenant": "本租户"}


class Quota(NamedTuple):
    """So much at once, and so much a second from then on."""

    at_once: float
    a_second: float


QUOTAS: Final[Mapping[QuotaName, Mapping[Level, Quota]]] = {
    # A refusal stands under its key, so that a repeat gets the same answer.
    "refusals": {"subject": Quota(300, 1.0), "organisation": Quota(1_500, 5.0), "tenant": Quota(6_000, 20.0)},
    "drafts": {"organisation": Quota(2_000, 0.2), "tenant": Quota(10_000, 1.0)},
    "endpoints": {"organisation": Quota(100, 1 / 60), "tenant": Quota(1_000, 1 / 6)},
}


class _Bucket:
    """What is left of a quota at a moment."""

    def __init__(self, quota: Quota, now_s: float) -> None:
        self._quota = quota
        self._left = quota.at_once
        self._at_s = now_s

    def left(self, now_s: float) -> float:
        """What may be used now."""
        gained = max(0.0, now_s - self._at_s) * self._quota.a_second
        self._left, self._at_s = min(self._quota.at_once, self._left + gained), now_s
        return self._left

    def spend(self, now_s: float) -> None:
        """One was used. Requests that were let in together may overdraw it."""
        self._left = self.left(now_s) - 1

    def wait_s(self, now_s: float) -> float:
        """How long until there is one again."""
        return max(0.0, 1 - self.left(now_s)) / self._quota.a_second


_Key = tuple[QuotaName, Level, tuple[str, ...]]


class Quotas:
    """The buckets of one process."""

    def __init__(self, machine: MachineClock, quotas: Mapping[QuotaName, Mapping[Level, Quota]] = QUOTAS) -> None:
        self._machine = machine
        self._quotas = quotas
        self._buckets: OrderedDict[_Key, _Bucket] = OrderedDict()

    def check(self, name: QuotaName, identity: Identity) -> None:
        """Raise TooManyRequests when a bucket of the caller is empty."""
        now_s = self._machine.elapsed()
        for level in self._quotas[name]:
            bucket = self._buckets.get((name, level, _whose(level, identity)))
            if bucket is not None and bucket.left(now_s) < 1:
                measure("ledger_rate_limited_total", 1, {"quota": name, "level": level})
                wait_s = math.ceil(bucket.wait_s(now_s))
                raise TooManyRequests(
                    f"{name} of the {level}",
                    zh=f"{LEVELS_ZH[level]}的{NAMES_ZH[name]}过多",
                    retry_after_s=wait_s,
                    quota=name,
                    level=level,
                )

    def spend(self, name: QuotaName, identity: Identity) -> None:
        """The caller has had one stored."""
        now_s = self._machine.elapsed()
        for level, quota in self._quotas[name].items():
            key = (name, level, _whose(level, identity))
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(quota, now_s)
            self._buckets.move_to_end(key)
            bucket.spend(now_s)
        while len(self._buckets) > BUCKETS_MAX:
            self._buckets.popitem(last=False)


def _whose(level: Level, identity: Identity) -> tuple[str, ...]:
    actor = identity.actor
    match level:
        case "subject":
            return (identity.tenant, actor.issuer, actor.subject)
        case "organisation":
            return (identity.tenant, actor.organisation)
        case "tenant":
            return (identity.tenant,)
