"""People at the replicas of the services: an act is sent under its key, to one or another, until it is answered.

In: who does what under which idempotency key. Out: the answer, and a record of every act that the ledger acknowledged.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp
from msgspec import Struct, field

from services.cli.run import PEOPLE
from services.demo.player import Answer, answer_of
from shared.kernel.clock import SystemMachineClock
from shared.kernel.errors import ClockUntrusted
from shared.web.headers import IDEMPOTENCY_KEY, LEDGER_POSITION
from shared.web.status import STATUS_PATH
from tests.chaos.checks.clocks import Decided
from tests.chaos.schedule import REPLICAS
from tests.support.cluster import Cluster, replica_name, service_of

# A replica that is paused holds a request; after this long the caller turns to the other one.
REQUEST_TIMEOUT: Final = aiohttp.ClientTimeout(total=4.0)
RETRY_PAUSE_S: Final = 0.2
LOOK_PAUSE_S: Final = 0.5
# What has not been answered, or has not come about, after this long is a finding; without a broker nothing comes about.
PATIENCE_S: Final = 300.0
# The sender of notices has worked through the log when no receiver hangs, which some do here for ever.
SENDER: Final = "sender"
# So many acts in a hundred are repeated after their acknowledgement, at any replica.
REPEATED_PERCENT: Final = 10

# Answers that say "not received": the same is sent again.
UNAVAILABLE: Final = frozenset({408, 429, 500, 502, 503, 504})


class Acknowledged(Struct, frozen=True, kw_only=True):
    """An act that was answered: whose key, and what the ledger said. `events` are the ids of what it recorded."""

    service: str
    subject: str
    key: str
    kind: str
    events: tuple[str, ...] = ()


class OutOfPatience(Exception):
    """Something did not come about within PATIENCE_S."""


class Figures(Struct, kw_only=True):
    """What the load was, and what in the answers must not be."""

    sent: int = 0
    retried: int = 0
    unstamped: int = 0
    repeated: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)


class Client:
    """Acts and reads for everybody; `figures`, `acknowledged` and `decided`, who answered when, grow."""

    def __init__(
        self,
        cluster: Cluster,
        session: aiohttp.ClientSession,
        chance: random.Random,
        broker_away_s: Callable[[], float],
    ) -> None:
        self.figures = Figures()
        self.acknowledged: list[Acknowledged] = []
        self.decided: list[Decided] = []
        self._cluster = cluster
        self._session = session
        self._chance = chance
        self._broker_away_s = broker_away_s
        self._machine = SystemMachineClock()
        # Of what is acted on, by path and service. Lives go on side by side: what another was answered tells nothing.
        self._positions: dict[tuple[str, str], str] = {}
        self._tokens = {
            person.subject: cluster.token(person.subject, person.organisation, person.grants) for person in PEOPLE
        }

    async def act(self, service: str, who: str, path: str, body: Any, key: str, *, once: bool = False) -> Answer:
        """Send an act until it is answered, and note the answer. `once`: its repeat is answered with less."""
        answer = await self._answered(service, who, path, body, key)
        self.figures.kinds[answer.kind] += 1
        events = tuple(answer.body.get("events", ()))
        acknowledged = Acknowledged(service=service, subject=who, key=key, kind=answer.kind, events=events)
        self.acknowledged.append(acknowledged)
        if not once and answer.kind == "done" and self._chance.randrange(100) < REPEATED_PERCENT:
            await self._repeat(service, who, path, body, key, answer)
        return answer

    async def final(self, service: str, who: str, path: str, body: Any, key: str) -> Answer:
        """The same, asked again under its key while the answer is conditional (R-401)."""
        give_up_at = self._patient_s() + PATIENCE_S
        answer = await self.act(service, who, path, body, key)
        while answer.kind == "conditional":
            self._check_patience(give_up_at, f"{who} {path}: still conditional")
            await self._machine.sleep(LOOK_PAUSE_S)
            answer = await self._answered(service, who, path, body, key)
        return answer

    async def read(self, service: str, who: str, path: str) -> Any:
        """The body of a read that includes what was acknowledged there; None while there is none."""
        position = self._positions.get((_about(path), service))
        headers = {LEDGER_POSITION: f"{service}={position}"} if position else {}
        answered = await self._send("GET", self._any_replica(service), who, path, headers)
        return answered[1] if answered and answered[0] == 200 else None

    async def until(self, service: str, who: str, path: str, holds: Callable[[Any], object]) -> Any:
        """Read again until there is something for which the condition holds."""
        give_up_at = self._patient_s() + PATIENCE_S
        while True:
            found = await self.read(service, who, path)
            if found is not None and holds(found):
                return found
            self._check_patience(give_up_at, f"GET {path}: {str(found)[:300]}")
            await self._machine.sleep(LOOK_PAUSE_S)

    async def behind(self) -> list[str]:
        """Which processes say that something that follows their log has not come to its head."""
        found = []
        for name, address in self._cluster.addresses.items():
            try:
                async with self._session.get(
                    address + STATUS_PATH, headers=self._authorization("operator"), timeout=REQUEST_TIMEOUT
                ) as answer:
                    answer.raise_for_status()
                    status = await answer.json()
            except (aiohttp.ClientError, TimeoutError) as error:
                found.append(f"{name} does not answer: {error!r}")
                continue
            found += [
                f"{name}: {follower} is at {position} of {status['head']}"
                for follower, position in status["followed"].items()
                if position < status["head"] and follower != SENDER
            ]
        return found

    async def _answered(self, service: str, who: str, path: str, body: Any, key: str) -> Answer:
        give_up_at = self._patient_s() + PATIENCE_S
        tries = 0
        while True:
            self.figures.sent += 1
            self.figures.retried += tries > 0
            tries += 1
            replica, sent_s = self._any_replica(service), time.monotonic()
            answered = await self._send("POST", replica, who, path, {IDEMPOTENCY_KEY: key}, body)
            if answered and answered[0] not in UNAVAILABLE:
                self.decided.append(Decided(replica=replica, key=key, sent_s=sent_s, answered_s=time.monotonic()))
                return answer_of(*answered)
            if answered and answered[0] == 500:
                self.figures.found.append(f"{path} was answered 500: {answered[1]}")
            self.figures.unstamped += bool(answered) and answered[1].get("code") == ClockUntrusted.code
            self._check_patience(give_up_at, f"{who} {path}: {answered}")
            await self._machine.sleep(RETRY_PAUSE_S)

    async def _repeat(self, service: str, who: str, path: str, body: Any, key: str, first: Answer) -> None:
        again = await self._answered(service, who, path, body, key)
        self.figures.repeated += 1
        if (again.status, again.body) != (first.status, first.body):
            self.figures.found.append(f"{key}: answered {first.body}, its repeat {again.body}")

    def _authorization(self, who: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[who]}"}

    def _patient_s(self) -> float:
        return time.monotonic() - self._broker_away_s()

    def _check_patience(self, give_up_at: float, what: str) -> None:
        if self._patient_s() > give_up_at:
            raise OutOfPatience(f"not within {PATIENCE_S:g} s: {what}")

    def _any_replica(self, service: str) -> str:
        return replica_name(service, self._chance.randint(1, REPLICAS))

    async def _send(
        self, method: str, replica: str, who: str, path: str, headers: Mapping[str, str], body: Any = None
    ) -> tuple[int, Any] | None:
        """Status and body from a replica; None when it did not answer."""
        sent = {**self._authorization(who), **headers}
        try:
            async with self._session.request(
                method,
                self._cluster.addresses[replica] + path,
                json=body,
                headers=sent,
                timeout=REQUEST_TIMEOUT,
            ) as answer:
                position = answer.headers.get(LEDGER_POSITION, "").rpartition("=")[2]
                if position:
                    self._positions[_about(path), service_of(replica)] = position
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


def _about(path: str) -> str:
    """The contract, endpoint or whatever else a path leads to."""
    return "/".join(path.split("/")[:3])
