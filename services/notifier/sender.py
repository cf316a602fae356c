"""The sender: takes notices whose next attempt is due, sends outside any transaction, records what came of it.

At least once: a crash between sending and recording sends again, under the same message id. Limits: BATCH notices a
round, `RETRY_AFTER_S` attempts a target (`domain/decider.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from msgspec import Struct

from services.notifier.channels.port import Channel, Outcome, message_body
from services.notifier.channels.webhook import PREFIX
from services.notifier.domain.commands import DispatchNotice, RecordAttempt
from services.notifier.domain.events import LOG_TARGET, Notice
from services.notifier.domain.state import State
from services.notifier.domain.streams import notice_stream
from services.notifier.projections.deliveries import DELIVERIES, PENDING, Delivery
from services.notifier.projections.endpoints import ENDPOINTS
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

BATCH = 50
ENDPOINTS_MAX = 20
VIEW_WAIT_S = 5.0

logger = logging.getLogger("ledger.sender")


class Sender:
    """Works through the pending deliveries of every tenant."""

    def __init__(
        self,
        log: EventLog[State],
        reader: Reader,
        channels: Mapping[str, Channel],
        clock: LegalClock,
    ) -> None:
        self._log = log
        self._reader = reader
        self._channels = channels
        self._clock = clock

    async def send_due(self) -> int:
        """One round: dispatch what is new, attempt what is due. Returns the number of commands recorded."""
        pending, _ = await self._reader.list(DELIVERIES, None, PENDING, None, BATCH)
        now = self._clock.now()
        due = [delivery for delivery in pending if delivery.next_at and delivery.next_at <= now]
        recorded = 0
        for delivery in due:
            with own_span("notifier send"):
                recorded += await self._advance(delivery, now)
        return recorded

    async def next_attempt_at(self) -> Instant | None:
        """When the earliest pending attempt is due."""
        first, _ = await self._reader.list(DELIVERIES, None, PENDING, None, 1)
        return first[0].next_at if first else None

    async def _advance(self, delivery: Delivery, now: Instant) -> int:
        tenant, notice = delivery.tenant, delivery.notice
        if not delivery.targets:
            body = DispatchNotice(notice=notice.notice, targets=await self._targets(tenant, notice))
            await self._submit(tenant, notice, body, ("dispatch", notice.notice))
            return 1
        due = [
            (target, log.attempts + 1)
            for target, log in delivery.targets.items()
            if log.next_at is not None and log.next_at <= now
        ]
        for target, attempt in due:
            await self._attempt(tenant, notice, target, attempt)
        return len(due)

    async def _targets(self, tenant: str, notice: Notice) -> tuple[str, ...]:
        active, _ = await self._reader.list(
            ENDPOINTS, tenant, label_name("active", notice.organisation), None, ENDPOINTS_MAX
        )
        return (LOG_TARGET, *(PREFIX + endpoint.endpoint for endpoint in active))

    async def _attempt(self, tenant: str, notice: Notice, target: str, attempt: int) -> None:
        name = "webhook" if target.startswith(PREFIX) else LOG_TARGET
        channel = self._channels[name]
        outcome: Outcome = await channel.send(tenant, notice, target, attempt)
        labels = {
            "channel": name,
            "outcome": "failed" if outcome.failure else "logged" if target == LOG_TARGET else "delivered",
        }
        measure("ledger_delivery_total", 1, labels)
        if outcome.failure:
            logger.warning(
                "delivery failed",
                extra={"action": "delivery_failed", "notice": notice.notice, "reason": outcome.failure},
            )
        body = RecordAttempt(
            notice=notice.notice,
            target=target,
            attempt=attempt,
            attempted_at=self._clock.now(),
            content_sha256=sha256_of_bytes(message_body(tenant, notice)),
            failure=outcome.failure,
            evidence=outcome.evidence,
            retry_after_s=outcome.retry_after_s,
            gone=outcome.gone,
        )
        await self._submit(tenant, notice, body, ("attempt", notice.notice, target, str(attempt)))

    async def _submit(self, tenant: str, notice: Notice, body: Struct, key: tuple[str, ...]) -> None:
        command = system_command(
            "notifier",
            tenant,
            contract_scope(notice.contract),
            notice_stream(notice.notice),
            body,
            key=key,
            received_at=self._clock.now(),
            traceparent=current_traceparent(),
        )
        result = await self._log.submit(command)
        # The work list is a view: without this wait the next round would see the same work again.
        await self._reader.reach(result.position, VIEW_WAIT_S)
