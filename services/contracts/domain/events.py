"""The private events of contracts, all of them, and the one that any subject can lead to.

TOPICs and field names are stored for ever (R-460): add fields with defaults, never rename or retype; a new shape is a
new `.v2` struct with an upcaster. Dates of terms and forms are Beijing days.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from services.contracts.domain.changes import events as changes
from services.contracts.domain.drafting import events as drafting
from services.contracts.domain.periods import events as periods
from services.contracts.domain.progress import events as progress
from services.contracts.domain.risks import events as risks
from services.contracts.domain.roles import events as roles
from services.contracts.domain.schedule import events as schedule
from services.contracts.domain.signing import events as signing
from shared.deadlines.model import DEADLINE_EVENTS
from shared.kernel.actors import PERSONAL
from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant
from shared.messages.events import Event


class CommunicationWithoutEffect(Event, frozen=True, kw_only=True):
    """A communication that does not count, with rule and reason; `content` is its body as canonical JSON (R-426)."""

    TOPIC: ClassVar[str] = "contracts.communication_without_effect.v1"

    contract: Identifier
    act: str
    rule: str
    reason: str
    received_at: Instant
    content: Annotated[str, PERSONAL]


CONTRACTS_EVENTS: tuple[type[Event], ...] = (
    *drafting.EVENTS,
    *signing.EVENTS,
    *progress.EVENTS,
    *roles.EVENTS,
    *schedule.EVENTS,
    *changes.EVENTS,
    *risks.EVENTS,
    *periods.EVENTS,
    CommunicationWithoutEffect,
    *DEADLINE_EVENTS,
)
