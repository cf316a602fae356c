"""The timeline of a contract: one entry a public event, of every service, with both times (R-400).

Shown in the order of (recorded_at, service, topic, number), which does not depend on how topics interleave on their way
here; `arrival` is the place in this service's own log.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from services.contracts.projections.scope import contract_key
from services.contracts.projections.sentences import sentence
from services.contracts.publishing import OWNER, public_form
from shared.kernel.actors import PERSONAL
from shared.kernel.instants import Instant
from shared.messages.events import FeedReceived, Recorded
from shared.projections.view import View
from shared.public_events.deadlines import deadline_messages
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import public_event

NUMBER_DIGITS = 12


class TimelineEntry(Struct, frozen=True, kw_only=True):
    """What happened: who, in which role and for which side, when it took effect and when it was recorded."""

    contract: str
    sort_key: str
    service: str
    type: str
    item: str
    effective_at: Instant
    recorded_at: Instant
    subject: Annotated[str, PERSONAL]
    organisation: str
    role: str
    side: str
    rule: str
    text_zh: str
    text_en: str
    event_id: str
    arrival: int


def keys(recorded: Recorded) -> tuple[str, ...]:
    """A document of its own for every event that is public."""
    contract = contract_key(recorded)
    if not contract or _public(recorded) is None:
        return ()
    return (f"{contract}/{sort_key(recorded)}",)


def _public(recorded: Recorded) -> PublicEvent | None:
    """The event in the published language: as received, or as this service says it."""
    event = recorded.data
    if isinstance(event, FeedReceived):
        return public_event(event)
    own = public_form(event)
    if own is not None:
        return own
    messages = deadline_messages(OWNER, recorded)
    return messages[0].data if messages else None


def sort_key(recorded: Recorded) -> str:
    """(recorded_at, service, topic, number): the number counts inside the topic, or in the own log."""
    event = recorded.data
    if isinstance(event, FeedReceived):
        return f"{event.recorded_at}/{event.source}/{event.topic}/{event.n:0{NUMBER_DIGITS}d}"
    return f"{recorded.recorded_at}/{OWNER}//{recorded.position:0{NUMBER_DIGITS}d}"


def apply(document: TimelineEntry | None, key: str, recorded: Recorded) -> TimelineEntry | None:
    """The entry of an event; it never changes."""
    public = _public(recorded)
    if public is None:
        return document
    said = sentence(public)
    # A received event keeps the times, the actor and the id that its own service gave it.
    origin = recorded.data if isinstance(recorded.data, FeedReceived) else recorded
    return TimelineEntry(
        contract=contract_key(recorded),
        sort_key=sort_key(recorded),
        service=recorded.data.source if isinstance(recorded.data, FeedReceived) else OWNER,
        type=public.TYPE,
        item=getattr(public, "item", ""),
        effective_at=origin.effective_at,
        recorded_at=origin.recorded_at,
        subject=origin.actor.subject,
        organisation=origin.actor.organisation,
        role=origin.actor.role,
        side=origin.actor.side,
        rule=said.rule,
        text_zh=said.zh,
        text_en=said.en,
        event_id=origin.event_id,
        arrival=recorded.position,
    )


TIMELINE: View[TimelineEntry] = View(
    name="timeline",
    version=1,
    document=TimelineEntry,
    keys=keys,
    apply=apply,
    order=lambda entry: entry.sort_key,
    labels=lambda entry: (f"contract:{entry.contract}",),
)
