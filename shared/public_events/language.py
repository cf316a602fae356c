"""The registry of the whole published language: names to structs, one for every reader."""

from __future__ import annotations

from shared.messages.events import FeedReceived
from shared.messages.registry import Registry
from shared.public_events.acceptance import ACCEPTANCE_EVENTS
from shared.public_events.catalog import CATALOG_EVENTS
from shared.public_events.contracts import CONTRACTS_EVENTS
from shared.public_events.deadlines import DEADLINE_PUBLIC_EVENTS
from shared.public_events.envelope import PublicEvent
from shared.public_events.invoicing import INVOICING_EVENTS
from shared.public_events.notices import NOTICES_EVENTS

PUBLIC_LANGUAGE: Registry[PublicEvent] = Registry(
    (
        *CATALOG_EVENTS,
        *CONTRACTS_EVENTS,
        *ACCEPTANCE_EVENTS,
        *INVOICING_EVENTS,
        *DEADLINE_PUBLIC_EVENTS,
        *NOTICES_EVENTS,
    ),
    "TYPE",
)


# State and views fold the same event one after the other, so the latest one is kept decoded. Replaced as a whole,
# because several threads fold.
_latest: tuple[FeedReceived | None, PublicEvent | None] = (None, None)


def public_event(feed: FeedReceived) -> PublicEvent:
    """Decode what a feed event carries; raises Unintelligible for a type this build does not know."""
    global _latest
    known, event = _latest
    if known is not feed or event is None:
        event = PUBLIC_LANGUAGE.decode(feed.type, feed.data)
        _latest = (feed, event)
    return event
