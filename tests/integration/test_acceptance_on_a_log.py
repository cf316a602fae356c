"""Acceptance in a real log: cited events exist under the ids they are cited by; a conditional act keeps its key."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from services.acceptance.domain.commands import ActBody, ItemAct
from services.acceptance.domain.review.events import ItemAccepted
from services.acceptance.service import ACCEPTANCE
from shared.commands.command import Command, Context
from shared.commands.decision import Result
from shared.commands.system import system_command
from shared.deadlines.commands import DeadlineElapsed
from shared.eventstore.port import EventLog
from shared.kernel.actors import CATALOG_TENANT, Actor, system_actor
from shared.kernel.clock import VirtualLegalClock
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.periods import calendar_of
from shared.public_events.catalog import CalendarYearPublished
from shared.public_events.contracts import ContractSigned, SettledThrough
from shared.public_events.envelope import Envelope, PublicEvent
from shared.testing.spec import START, TENANT
from tests.support.logs import BACKENDS, location_of, opened
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CONTRACT,
    PROVIDER_PM,
    ROLES,
    alibaba_25,
    calendar,
    holder,
    notice,
    submission,
)

DUE: Instant = "2026-03-09T16:00:00.000Z"
SCOPE, STREAM = "contract/C1", "item-C1/tuning"


class Desk:
    """Feeds and requests to one acceptance service."""

    def __init__(self, log: EventLog[Any], legal: VirtualLegalClock) -> None:
        self._log = log
        self._legal = legal
        self._numbers: dict[tuple[str, str], int] = {}

    async def hears(self, event: PublicEvent, source: str, key: str, tenant: str = TENANT) -> None:
        """A public event arrives, the next of its feed."""
        n = self._numbers[source, key] = self._numbers.get((source, key), 0) + 1
        envelope = Envelope(
            tenant=tenant,
            source=source,
            topic=event.TOPIC,
            key=key,
            n=n,
            event_id=derived_id(source, key, str(n)),
            type=event.TYPE,
            effective_at=self._legal.now(),
            recorded_at=self._legal.now(),
            actor=system_actor(source),
            correlation_id="",
            causation_id="",
            traceparent=None,
            data=canonical.encode(event),
        )
        receipt = await self._log.receive(envelope)
        assert receipt.kind == "applied", receipt

    async def decides(self, actor: Actor, body: ActBody, key: str) -> Result:
        """A request under an idempotency key."""
        context = Context(
            tenant=TENANT,
            actor=actor,
            key=key,
            fingerprint=canonical.sha256(body),
            command_id=derived_id("request", key),
            received_at=self._legal.now(),
        )
        act = ItemAct(item="tuning", body=body)
        return await self._log.submit(Command(scope=SCOPE, stream=STREAM, context=context, body=act))

    async def starts(self) -> None:
        """Calendar, signed contract, submitted report."""
        for number, year in enumerate(calendar().years[-2:], start=1):
            version = calendar_of("cn", calendar().years[-2:][:number]).version
            published = CalendarYearPublished(calendar="cn", version=version, year=year)
            await self.hears(published, "catalog", "cn", CATALOG_TENANT)
        roles = tuple(holder(actor, side, role) for actor, side, role in ROLES)
        terms = replace(alibaba_25(), after_care=())
        signed = ContractSigned(contract=CONTRACT, terms=terms, roles=roles, signatures=())
        await self.hears(signed, "contracts", CONTRACT)
        await self.decides(PROVIDER_PM, submission("tuning-report"), "submit")

    async def fires(self) -> None:
        """The ticker finds the review due, and contracts answers."""
        (row,) = await self._log.due_deadlines(self._legal.now(), 10)
        body = DeadlineElapsed(deadline_id=row.deadline_id, due_at=row.due_at)
        key = (row.deadline_id, row.due_at)
        await self._log.submit(
            system_command("acceptance", TENANT, row.scope, row.stream, body, key=key, received_at=self._legal.now())
        )
        settled = SettledThrough(contract=CONTRACT, through=row.due_at, asked_by="acceptance")
        await self.hears(settled, "contracts", CONTRACT)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_r_401_a_late_notice_is_answered_again_under_its_key_once_silence_has_accepted(
    backend: Any, request: pytest.FixtureRequest
) -> None:
    legal = VirtualLegalClock(START)
    async with opened(location_of(backend, request), ACCEPTANCE, legal) as log:
        desk = Desk(log, legal)
        await desk.starts()
        legal.set("2026-03-09T16:01:00.000Z")
        first = await desk.decides(ACCEPTOR, notice(), "late")
        assert first.outcome.kind == "conditional"
        await desk.fires()
        again = await desk.decides(ACCEPTOR, notice(), "late")
        assert (again.outcome.kind, again.outcome.rule) == ("without_effect", "R-401")
        assert again.event_ids == first.event_ids

        events = {recorded.event_id: recorded for recorded in await log.read_scope(TENANT, SCOPE)}
        (accepted,) = (recorded for recorded in events.values() if isinstance(recorded.data, ItemAccepted))
        assert accepted.effective_at == DUE
        assert isinstance(accepted.data, ItemAccepted)
        assert [events[ground].type for ground in accepted.data.grounds] == [
            "acceptance.deliverable_submitted.v1",
            "acceptance.review_started.v1",
            "deadlines.deadline_lapsed.v1",
        ]
        (request_row,) = (row for row in await log.outbox(0) if row.envelope.topic == "ledger.invoicing.v1")
        assert accepted.event_id.encode() in request_row.envelope.data
