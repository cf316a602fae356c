"""Small histories for the checks of a chaos run: events, envelopes, deadlines."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from shared.deadlines.model import Deadline
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant, beijing_date
from shared.messages import canonical
from shared.messages.events import Event, FeedReceived, Recorded
from shared.periods import Derivation
from shared.public_events.acceptance import Accepted
from shared.public_events.envelope import Envelope, PublicEvent
from shared.public_events.invoicing import InvoiceRequested
from shared.public_events.submissions import Basis
from shared.public_events.terms import Party

PROVIDER = Party(side="provider", organisation="cloud", name="契账云计算有限公司")
CUSTOMER = Party(side="customer", organisation="acme", name="华东某制造集团有限公司")
WANG = Actor(issuer="test", subject="wang", organisation="cloud")
BEFORE: Instant = "2024-01-19T07:00:00.000Z"
DUE: Instant = "2024-01-19T16:00:00.000Z"
AFTER: Instant = "2024-01-20T01:00:00.000Z"


def recorded(
    data: Event,
    position: int = 1,
    *,
    event_id: str = "",
    at: Instant = AFTER,
    effective_at: Instant = "",
    cause: str = "",
) -> Recorded:
    """An event of a stream of its own, unless it is the next of a feed."""
    return Recorded(
        position=position,
        tenant="demo",
        scope="contract/X-1",
        stream=f"feed-{data.source}-{data.topic}-{data.key}" if isinstance(data, FeedReceived) else f"s-{position}",
        version=data.n if isinstance(data, FeedReceived) else 1,
        event_id=event_id or f"e{position}",
        type=data.TOPIC,
        effective_at=effective_at or at,
        recorded_at=at,
        actor=WANG,
        correlation_id="",
        causation_id=cause,
        traceparent=None,
        data=data,
    )


def envelope(
    data: PublicEvent, n: int = 1, *, event_id: str = "", effective_at: Instant = DUE, key: str = "X-1"
) -> Envelope:
    """A public event as its service publishes it."""
    return Envelope(
        tenant="demo",
        source="acceptance",
        topic=data.TOPIC,
        key=key,
        n=n,
        event_id=event_id or f"p{n}",
        type=data.TYPE,
        effective_at=effective_at,
        recorded_at=AFTER,
        actor=WANG,
        correlation_id="",
        causation_id="",
        traceparent=None,
        data=canonical.encode(data),
    )


def received(message: Envelope) -> FeedReceived:
    """A message as its receiver records it."""
    return FeedReceived(
        source=message.source,
        topic=message.topic,
        key=message.key,
        n=message.n,
        event_id=message.event_id,
        type=message.type,
        effective_at=message.effective_at,
        recorded_at=message.recorded_at,
        actor=message.actor,
        data=msgspec.Raw(message.data),
    )


def deadline(*, legal_effect: bool = True, kind: str = "review", due_at: Instant = DUE) -> Deadline:
    """A review that ends at DUE."""
    return Deadline(
        deadline_id="d1",
        contract="X-1",
        item="delivery",
        kind=kind,
        timer="T-07",
        rule="R-143",
        side="customer",
        legal_effect=legal_effect,
        trigger_event="e1",
        derivation=Derivation(
            trigger_day=beijing_date(BEFORE),
            trigger_at=BEFORE,
            spec="5wd",
            calendar_id="cn",
            calendar_version="1",
            steps=(),
            last_day=beijing_date(BEFORE),
            due_at=due_at,
            effective_at=due_at,
            provisional=False,
        ),
    )


def accepted(basis: Basis, *, n: int = 1, effective_at: Instant = DUE) -> Envelope:
    """An item is accepted; by silence it cites the deadline."""
    event = Accepted(
        contract="X-1",
        item="delivery",
        basis=basis,
        rule="R-185",
        accepted_content=(),
        deadline="d1" if basis == "silence" else "",
    )
    return envelope(event, n, effective_at=effective_at)


def invoice(line: str, amount: str, *, n: int = 1, generation: int = 0, request_id: str = "") -> Envelope:
    """Finance is asked for a line."""
    event = InvoiceRequested(
        request_id=request_id or f"{line}-{generation}",
        contract="X-1",
        contract_number="HT-X-1",
        contract_name="咨询",
        line=line,
        line_name_zh="验收款",
        generation=generation,
        price_version=1,
        amount=Decimal(amount),
        net=Decimal(amount),
        tax=Decimal(0),
        tax_rate=Decimal(0),
        currency="CNY",
        amount_in_words_zh="",
        seller=PROVIDER,
        buyer=CUSTOMER,
        basis=(),
        items=(),
    )
    return envelope(event, n)
