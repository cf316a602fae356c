"""How much is under way at a time: in all, for an organisation, a host, an endpoint. Nobody keeps another one waiting.

A receiver that does not answer holds its place until the attempt's time is over. An endpoint that failed last time may
only take places of the half that is left to such, so that the others always find one.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Final, NamedTuple

WEBHOOKS_AT_ONCE_MAX: Final = 256
FAILING_AT_ONCE_MAX: Final = WEBHOOKS_AT_ONCE_MAX // 2
# As many as an organisation may have endpoints, so that no endpoint waits for another one of its organisation.
ORGANISATION_AT_ONCE_MAX: Final = 20
HOST_AT_ONCE_MAX: Final = 32
# One after another, in the order in which they are due.
ENDPOINT_AT_ONCE_MAX: Final = 1
# What needs nobody outside: naming the targets of a notice, and the line in the log.
INSIDE_AT_ONCE_MAX: Final = 16
# How many endpoints are remembered to have failed last time; the longest ago is forgotten first.
FAILING_KNOWN_MAX: Final = 10_000


class Whose(NamedTuple):
    """Where an attempt goes."""

    tenant: str
    organisation: str
    endpoint: str
    host: str


class Places:
    """Who is under way."""

    def __init__(self) -> None:
        self._taken: Counter[tuple[str, ...]] = Counter()
        self._failing: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def take(self, whose: Whose | None) -> list[tuple[str, ...]] | None:
        """Places for an attempt, to be given back; None while one is missing. `whose` None: nobody outside."""
        wanted = self._wanted(whose)
        if any(self._taken[name] >= limit for name, limit in wanted.items()):
            return None
        self._taken.update(wanted.keys())
        return list(wanted)

    def give_back(self, places: list[tuple[str, ...]]) -> None:
        """The attempt is over."""
        self._taken.subtract(places)
        for name in places:
            if not self._taken[name]:
                del self._taken[name]

    def busy(self, tenant: str, organisation: str, endpoint: str) -> bool:
        """Whether the endpoint has all the places that it may have."""
        return self._taken["endpoint", tenant, organisation, endpoint] >= ENDPOINT_AT_ONCE_MAX

    def ended(self, whose: Whose, *, failed: bool) -> None:
        """How an attempt ended."""
        key = whose.tenant, whose.organisation, whose.endpoint
        self._failing.pop(key, None)
        if failed:
            self._failing[key] = None
            if len(self._failing) > FAILING_KNOWN_MAX:
                self._failing.popitem(last=False)

    def _wanted(self, whose: Whose | None) -> dict[tuple[str, ...], int]:
        if whose is None:
            return {("inside",): INSIDE_AT_ONCE_MAX}
        key = whose.tenant, whose.organisation, whose.endpoint
        wanted = {
            ("webhooks",): WEBHOOKS_AT_ONCE_MAX,
            ("organisation", whose.tenant, whose.organisation): ORGANISATION_AT_ONCE_MAX,
            ("host", whose.host): HOST_AT_ONCE_MAX,
            ("endpoint", *key): ENDPOINT_AT_ONCE_MAX,
        }
        return wanted | {("failing",): FAILING_AT_ONCE_MAX} if key in self._failing else wanted
