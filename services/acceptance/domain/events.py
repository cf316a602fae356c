"""Stage 4: the private events of acceptance, what is stored for ever: the registry's list, by subject.

The names in `TOPIC` and the fields are a storage format: fields are added with defaults, never renamed or retyped.
Which stream an event stands in follows from its base (`base.py`): `ItemEvent` in `item-{contract}/{item}`, or in the
dossier when it is about no item; `DossierEvent` in `dossier-{contract}`; `SettlementEvent` in `settlement-{contract}`.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.acceptance.domain.aftercare import events as aftercare
from services.acceptance.domain.communications import events as communications
from services.acceptance.domain.conditional import events as conditional
from services.acceptance.domain.discrepancies import events as discrepancies
from services.acceptance.domain.discussion import events as discussion
from services.acceptance.domain.escalation import events as escalation
from services.acceptance.domain.items import events as items
from services.acceptance.domain.review import events as review
from services.acceptance.domain.settlement import events as settlement
from services.acceptance.domain.submission import events as submission
from services.acceptance.domain.use import events as use
from shared.deadlines.model import DEADLINE_EVENTS
from shared.messages.events import Event, FeedReceived

BY_SUBJECT: Mapping[str, tuple[type[Event], ...]] = {
    "items": items.EVENTS,
    "submission": submission.EVENTS,
    "review": review.EVENTS,
    "escalation": escalation.EVENTS,
    "use": use.EVENTS,
    "discrepancies": discrepancies.EVENTS,
    "discussion": discussion.EVENTS,
    "communications": communications.EVENTS,
    "conditional": conditional.EVENTS,
    "aftercare": aftercare.EVENTS,
    "settlement": settlement.EVENTS,
}

ACCEPTANCE_PRIVATE_EVENTS: tuple[type[Event], ...] = (
    FeedReceived,
    *DEADLINE_EVENTS,
    *(event for of_subject in BY_SUBJECT.values() for event in of_subject),
)
