"""What acceptance publishes beside its items: what warned the silent side, the trial run, duties after acceptance."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from shared.kernel.ids import Identifier
from shared.public_events.envelope import PublicEvent
from shared.public_events.submissions import ACCEPTANCE_TOPIC


class TrialRunRecorded(PublicEvent, frozen=True, kw_only=True):
    """Start or end of an agreed trial run, UAT or verification (R-191, R-246)."""

    TYPE: ClassVar[str] = "acceptance.trial_run_recorded.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    what: Literal["started", "ended"]
    on: date


class WarningEvidence(PublicEvent, frozen=True, kw_only=True):
    """What warned the side that was silent: reminders delivered, or their absence (R-195, R-406)."""

    TYPE: ClassVar[str] = "acceptance.warning_evidence.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    item: Identifier
    accepted_event: str
    deliveries: tuple[str, ...]


class AfterCareStarted(PublicEvent, frozen=True, kw_only=True):
    """A warranty began (R-246); `report_unsigned` when it rests on deemed acceptance (R-247)."""

    TYPE: ClassVar[str] = "acceptance.after_care_started.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    care: Identifier
    from_day: date
    last_day: date
    report_unsigned: bool


class AfterCareEnded(PublicEvent, frozen=True, kw_only=True):
    """A warranty ended."""

    TYPE: ClassVar[str] = "acceptance.after_care_ended.v1"
    TOPIC: ClassVar[str] = ACCEPTANCE_TOPIC

    contract: Identifier
    care: Identifier


AFTER_ACCEPTANCE_EVENTS: tuple[type[PublicEvent], ...] = (
    WarningEvidence,
    TrialRunRecorded,
    AfterCareStarted,
    AfterCareEnded,
)
