"""The timeline of a contract: one entry a public event, of every service, with both times (R-400).

Pages follow `arrival`, the place in this service's own log, so that who reads on misses nothing; what a page holds is
shown in the order of (recorded_at, service, topic, number), which does not depend on how topics interleave on their way
here. The entry keeps the event as it is: sentences are made on reading.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Raw, Struct

from services.contracts.projections.scope import contract_key
from services.contracts.publishing import OWNER, public_form
from shared.kernel.actors import PERSONAL
from shared.kernel.instants import Instant
from shared.kernel.names import key_name, label_name
from shared.messages import canonical
from shared.messages.events import FeedReceived, Recorded
from shared.projections.view import View, arrival
from shared.public_events.deadlines import deadline_messages
from shared.public_events.envelope import PublicEvent

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
    event_id: str
    arrival: int
    data: Raw


class _About(Struct):
    item: str = ""


_ABOUT = msgspec.json.Decoder(_About)


def keys(recorded: Recorded) -> tuple[str, ...]:
    """A document of its own for every event that is public."""
    contract = contract_key(recorded)
    if not contract or not (isinstance(recorded.data, FeedReceived) or _own(recorded)):
        return ()
    return (key_name(contract, _padded(recorded.position)),)


def _own(recorded: Recorded) -> PublicEvent | None:
    """An event of this service as it says it; None for what stays inside."""
    own = public_form(recorded.data)
    if own is not None:
        return own
    messages = deadline_messages(OWNER, recorded)
    return messages[0].data if messages else None


def sort_key(recorded: Recorded) -> str:
    """(recorded_at, service, topic, number): the number counts inside the topic, or in the own log."""
    return key_name(*_place(recorded))


def _place(recorded: Recorded) -> tuple[str, str, str, str]:
    event = recorded.data
    if isinstance(event, FeedReceived):
        return event.recorded_at, event.source, event.topic, _padded(event.n)
    return recorded.recorded_at, OWNER, "", _padded(recorded.position)


def _padded(number: int) -> str:
    return f"{number:0{NUMBER_DIGITS}d}"


def apply(document: TimelineEntry | None, key: str, recorded: Recorded) -> TimelineEntry | None:
    """The entry of an event; it never changes. A received one keeps the times, actor and id of its own service."""
    feed = recorded.data
    if isinstance(feed, FeedReceived):
        return _entry(recorded, feed, feed.source, feed.type, bytes(feed.data))
    own = _own(recorded)
    return _entry(recorded, recorded, OWNER, own.TYPE, canonical.encode(own)) if own else document


def _entry(recorded: Recorded, origin: Recorded | FeedReceived, service: str, type: str, data: bytes) -> TimelineEntry:
    return TimelineEntry(
        contract=contract_key(recorded),
        sort_key=sort_key(recorded),
        service=service,
        type=type,
        item=_ABOUT.decode(data).item,
        effective_at=origin.effective_at,
        recorded_at=origin.recorded_at,
        subject=origin.actor.subject,
        organisation=origin.actor.organisation,
        role=origin.actor.role,
        side=origin.actor.side,
        event_id=origin.event_id,
        arrival=recorded.position,
        data=Raw(data),
    )


TIMELINE: View[TimelineEntry] = View(
    name="timeline",
    version=3,
    document=TimelineEntry,
    keys=keys,
    apply=apply,
    order=lambda entry: arrival(entry.arrival),
    labels=lambda entry: (label_name("contract", entry.contract),),
)
