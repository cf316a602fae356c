"""One element at a time: a notice gets its targets, or goes to one of them, and what came of it is recorded.

At least once: a crash between sending and recording sends again, under the same message id. `RETRY_AFTER_S` attempts
a target (`domain/decider.py`), each of at most ATTEMPT_S.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from services.notifier.channels.port import Channel, Outcome, Parcel, message_body
from services.notifier.channels.webhook import PREFIX
from services.notifier.domain.commands import DispatchNotice, RecordAttempt
from services.notifier.domain.decider import ENDPOINTS_MAX
from services.notifier.domain.events import LOG_TARGET, Notice
from services.notifier.domain.state import State
from services.notifier.domain.streams import notice_stream
from services.notifier.projections.deliveries import Delivery
from services.notifier.projections.endpoints import ENDPOINTS, EndpointDocument, endpoint_key
from services.notifier.sending.resting import Key
from shared.commands.system import system_command
from shared.eventstore.port import EventLog
from shared.kernel.clock import LegalClock
from shared.kernel.instants import Instant
from shared.kernel.names import label_name
from shared.messages.canonical import sha256_of_bytes
from shared.public_events.scopes import contract_scope
from shared.telemetry.metrics import measure
from shared.telemetry.spans import current_traceparent, own_span
from shared.web.routes import Reader

# Longer than a channel's own limits: what they do not hold, a name that is never resolved, ends here.
ATTEMPT_S: Final = 20.0
VIEW_WAIT_S: Final = 5.0

_log = logging.getLogger("ledger.sender")


class Job(Struct, frozen=True, kw_only=True):
    """What has to be done about a notice: name its targets (`target` empty), or the next attempt at one of them."""

    tenant: str
    notice: Notice
    target: str = ""
    attempt: int = 0

    @property
    def key(self) -> Key:
        """What it is about; at most one of a key is under way."""
        return self.tenant, self.notice.notice, self.target

    @property
    def endpoint(self) -> str:
        """The name of the webhook endpoint that it goes to; empty where it goes to none."""
        return self.target.removeprefix(PREFIX) if self.target.startswith(PREFIX) else ""


def jobs_of(delivery: Delivery, now: Instant) -> Iterator[Job]:
    """What is due of a delivery."""
    if not delivery.targets:
        yield Job(tenant=delivery.tenant, notice=delivery.notice)
    for target, log in delivery.targets.items():
        if log.next_at is not None and log.next_at <= now:
            yield Job(tenant=delivery.tenant, notice=delivery.notice, target=target, attempt=log.attempts + 1)


class Sender:
    """Does jobs; what it raises is a defect of ours, or the store that is away."""

    def __init__(
        self, log: EventLog[State], reader: Reader, channels: Mapping[str, Channel], clock: LegalClock
    ) -> None:
        self._log = log
        self._reader = reader
        self._channels = channels
        self._clock = clock

    async def endpoint_of(self, job: Job) -> EndpointDocument | None:
        """The endpoint that a job goes to; None where there is none (any more)."""
        return await self._reader.get(ENDPOINTS, job.tenant, endpoint_key(job.notice.organisation, job.endpoint))

    async def dispatch(self, job: Job) -> None:
        """Fix the targets of a notice."""
        label = label_name("active", job.notice.organisation)
        active, _ = await self._reader.list(ENDPOINTS, job.tenant, label, None, ENDPOINTS_MAX)
        targets = (LOG_TARGET, *(PREFIX + endpoint.endpoint for endpoint in active))
        body = DispatchNotice(notice=job.notice.notice, targets=targets)
        with own_span("notifier send"):
            await self._submit(job, body, ("dispatch", job.notice.notice))

    async def attempt(self, job: Job, endpoint: EndpointDocument | None) -> bool:
        """Send a notice to a target and record what came of it; whether it arrived."""
        name = "webhook" if job.endpoint else LOG_TARGET
        parcel = Parcel(tenant=job.tenant, notice=job.notice, target=job.target, attempt=job.attempt, endpoint=endpoint)
        with own_span("notifier send"):
            outcome = await _outcome(self._channels[name], parcel)
            arrived = "logged" if job.target == LOG_TARGET else "delivered"
            measure("ledger_delivery_total", 1, {"channel": name, "outcome": "failed" if outcome.failure else arrived})
            if outcome.failure:
                _log.warning(
                    "delivery failed",
                    extra={"action": "delivery_failed", "notice": job.notice.notice, "reason": outcome.failure},
                )
            body = RecordAttempt(
                notice=job.notice.notice,
                target=job.target,
                attempt=job.attempt,
                attempted_at=self._clock.now(),
                content_sha256=sha256_of_bytes(message_body(job.tenant, job.notice)),
                failure=outcome.failure,
                evidence=outcome.evidence,
                retry_after_s=outcome.retry_after_s,
                gone=outcome.gone,
            )
            await self._submit(job, body, ("attempt", job.notice.notice, job.target, str(job.attempt)))
        return not outcome.failure

    async def _submit(self, job: Job, body: Struct, key: tuple[str, ...]) -> None:
        command = system_command(
            "notifier",
            job.tenant,
            contract_scope(job.notice.contract),
            notice_stream(job.notice.notice),
            body,
            key=key,
            received_at=self._clock.now(),
            traceparent=current_traceparent(),
        )
        result = await self._log.submit(command)
        # The work list is a view: without this wait the next look would see the same work again.
        while not await self._reader.reach(result.position, VIEW_WAIT_S):
            pass


async def _outcome(channel: Channel, parcel: Parcel) -> Outcome:
    """What came of an attempt; whatever it raises, or that it does not end, is its outcome."""
    try:
        async with asyncio.timeout(ATTEMPT_S):
            return await channel.send(parcel)
    except TimeoutError:
        return Outcome(failure="TimeoutError")
    except Exception as error:  # loop edge: an attempt is the receiver's matter and nobody else's
        _log.error("an attempt at %s raised", parcel.target.partition(":")[0], exc_info=error)
        return Outcome(failure=type(error).__name__)
