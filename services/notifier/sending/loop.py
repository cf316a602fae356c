"""Keeps the sender at work: looks for what is due, begins it side by side, and wakes for what comes due next.

Of all replicas one sends, by a lease; the next takes over when it is given back or has run out. What a replica had
under way when it lost the lease is cancelled, and sent again by the other under the same message id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from services.notifier.domain.address import address_of
from services.notifier.projections.deliveries import DELIVERIES, PENDING, Delivery
from services.notifier.projections.endpoints import EndpointDocument
from services.notifier.sending.places import Places, Whose
from services.notifier.sending.resting import Key, Resting
from services.notifier.sending.sender import Job, Sender, jobs_of
from shared.eventstore.leased import LEASE_LIFE_S, LeasedLoop
from shared.eventstore.port import EventLog, Lease
from shared.kernel.clock import BELIEVED, ClockBelief, LegalClock, MachineClock
from shared.kernel.errors import ClockUntrusted, LedgerError
from shared.kernel.instants import Instant
from shared.kernel.loops import pause_s
from shared.kernel.waiting import Signal, first_of
from shared.projections.reader import BEGINNING
from shared.projections.runner import Projections
from shared.telemetry.metrics import measure
from shared.web.probes import Check, Trouble, loop_check
from shared.web.routes import Reader

LEASE: Final = "sending"
IDLE_S: Final = 5.0
# Due notices are looked through in pages of so many, to the end: what may not begin keeps nothing behind it waiting.
PAGE: Final = 100

_log = logging.getLogger("ledger.sending")


class Sending(LeasedLoop):
    """Begins whatever is due and finds a place. `owner` names the replica."""

    def __init__(
        self,
        sender: Sender,
        log: EventLog[Any],
        reader: Reader,
        projections: Projections,
        legal: LegalClock,
        machine: MachineClock,
        *,
        owner: str,
        lease_life_s: float = LEASE_LIFE_S,
        belief: ClockBelief = BELIEVED,
    ) -> None:
        super().__init__("sending", LEASE, log, machine, owner=owner, life_s=lease_life_s)
        self._sender = sender
        self._log = log
        self._reader = reader
        self._projections = projections
        self._legal = legal
        self._belief = belief
        self._places = Places()
        self._resting = Resting()
        self._under_way: set[Key] = set()
        # What ended since the page that is looked through was read: it stands there as if it were still to be done.
        self._ended_since: set[Key] = set()
        self._next_at: Instant | None = None
        self._seen = -1
        self._progress = Signal()
        self._ended = asyncio.Event()

    @property
    def seen(self) -> int:
        """Up to where the log was looked at."""
        return self._seen

    @property
    def stuck(self) -> int:
        """How many elements a defect keeps from going on."""
        return self._resting.stuck

    async def next_due_at(self) -> Instant | None:
        """When the next attempt is due, as far as the views know."""
        first, _ = await self._reader.list(DELIVERIES, None, PENDING, None, 1)
        return first[0].next_at if first else None

    async def worked_through(self, position: int, now: Instant) -> bool:
        """Wait until what the log holds up to `position` was looked at; whether no attempt is due at `now`."""
        await self._progress.until(lambda: self._seen >= position)
        next_at = await self.next_due_at()
        return next_at is None or next_at > now

    def checks(self) -> tuple[Check, ...]:
        """What readiness has to say about sending."""

        async def trouble() -> Trouble | None:
            stuck = self.stuck
            if not stuck:
                return None
            return Trouble(f"{stuck} 条通知无法处理", f"{stuck} notices cannot be worked on")

        return loop_check("notifier.sending", self), Check(name="notifier.notices", trouble=trouble)

    async def step(self) -> None:
        """A term, or none while the clock is not believed: by a wrong one everything is due, and signed in vain."""
        if self._belief.trouble():
            await self.machine.sleep(IDLE_S)
        else:
            await super().step()

    async def term(self, lease: Lease) -> None:
        """Look, begin, wait; what has begun goes on beside it."""
        # What this replica knew of its last term, another one has gone on with since.
        self._resting, self._places = Resting(), Places()
        async with asyncio.TaskGroup() as group:
            while True:
                self.turn()
                if doubt := self._belief.trouble():
                    raise ClockUntrusted(doubt.en)
                try:
                    await self._turn_round(group)
                    self.failures = 0
                except Exception as error:  # loop edge: what is under way goes on while the store is away
                    self.failed(error)
                    await self.machine.sleep(pause_s(self.failures))

    async def _turn_round(self, group: asyncio.TaskGroup) -> None:
        self._ended.clear()
        head, now = await self._log.head(), self._legal.now()
        await self._projections.reached(head)
        begun = await self._look(group, now)
        if not begun and not self._under_way:
            self._seen = head
            self._progress.notify()
        await self._wait(head, now)

    async def _look(self, group: asyncio.TaskGroup, now: Instant) -> int:
        """Begin whatever is due at `now` and finds a place; returns how much began."""
        begun, cursor = 0, BEGINNING
        while True:
            self._ended_since.clear()
            page, following = await self._reader.list(DELIVERIES, None, PENDING, cursor, PAGE)
            due = [delivery for delivery in page if delivery.next_at and delivery.next_at <= now]
            for delivery in due:
                begun += await self._begin_all(group, delivery, now)
            if following == cursor or len(due) < len(page):
                self._next_at = page[len(due)].next_at if len(due) < len(page) else None
                return begun
            cursor = following
            self.turn()

    async def _begin_all(self, group: asyncio.TaskGroup, delivery: Delivery, now: Instant) -> int:
        begun = 0
        for job in jobs_of(delivery, now):
            try:
                begun += await self._begin(group, job)
            except Exception as error:  # loop edge: one element that cannot be looked at is its own matter
                self._rest(job.key, error)
        return begun

    async def _begin(self, group: asyncio.TaskGroup, job: Job) -> bool:
        """Whether a job began: it is not under way, does not rest, and finds a place."""
        whose: Whose | None = None
        endpoint: EndpointDocument | None = None
        if job.key in self._under_way or job.key in self._ended_since:
            return False
        if self._resting.rests(job.key, self.machine.elapsed()):
            return False
        if job.endpoint:
            if self._places.busy(job.tenant, job.notice.organisation, job.endpoint):
                return False
            endpoint = await self._sender.endpoint_of(job)
            whose = Whose(job.tenant, job.notice.organisation, job.endpoint, _host(endpoint))
        places = self._places.take(whose)
        if places is None:
            return False
        self._under_way.add(job.key)
        group.create_task(self._do(job, endpoint, whose, places))
        return True

    async def _do(
        self, job: Job, endpoint: EndpointDocument | None, whose: Whose | None, places: list[tuple[str, ...]]
    ) -> None:
        try:
            if not job.target:
                await self._sender.dispatch(job)
            else:
                arrived = await self._sender.attempt(job, endpoint)
                if whose is not None:
                    self._places.ended(whose, failed=not arrived)
            self._resting.went_well(job.key)
        except Exception as error:  # loop edge: an element that fails rests, and the others go on
            self._rest(job.key, error)
        finally:
            self._places.give_back(places)
            self._under_way.discard(job.key)
            self._ended_since.add(job.key)
            self._ended.set()
            self._report()

    def _rest(self, key: Key, error: Exception) -> None:
        failures = self._resting.failed(key, self.machine.elapsed())
        _log.error("notice %s failed (%d in a row)", key[1], failures, exc_info=error)
        self._report()

    def _report(self) -> None:
        measure("ledger_deliveries_under_way", len(self._under_way), {})
        measure("ledger_notices_stuck", self.stuck, {})

    async def _wait(self, head: int, now: Instant) -> None:
        """Until the log grows, something ends, or something comes due or has rested."""
        waits: list[Coroutine[Any, Any, object]] = [
            self._log.wait_beyond(head, IDLE_S),
            self._ended.wait(),
            self.machine.sleep(self._resting.pause_s(self.machine.elapsed())),
        ]
        if self._next_at is not None and self._next_at > now:
            waits.append(self._legal.wait_until(self._next_at))
        await first_of(*waits)


def _host(endpoint: EndpointDocument | None) -> str:
    try:
        return address_of(endpoint.url).host if endpoint else ""
    except LedgerError:
        # Registered before addresses were looked at: its attempt says so.
        return ""
