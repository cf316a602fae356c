"""Events of the record around items: communications, conditional acts, evidence, trial run, after-care."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec

from services.acceptance.domain.events.base import DossierEvent, ItemEvent
from shared.commands.decision import OutcomeKind
from shared.kernel.actors import PERSONAL, Actor, Side
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Instant


class CommunicationRecorded(ItemEvent, frozen=True, kw_only=True):
    """A communication that is no objection (R-342); `stopped_silence` when any feedback was enough (R-186)."""

    TOPIC: ClassVar[str] = "acceptance.communication_recorded.v1"

    side: Side
    kind: str
    channel: str
    content_sha256: Sha256
    stopped_silence: bool
    received_at: Instant
    sent_at: Instant | None = None


class CommunicationWithoutEffect(ItemEvent, frozen=True, kw_only=True):
    """A communication that does not count (R-426): late, by the wrong person, in the wrong form, vague.

    `body` is the whole act: what people write may name people (R-464).
    """

    TOPIC: ClassVar[str] = "acceptance.communication_without_effect.v1"

    act: str
    rule: str
    reason: str
    received_at: Instant
    body: Annotated[msgspec.Raw, PERSONAL]


class ActConditional(ItemEvent, frozen=True, kw_only=True):
    """A whole act, kept so that it can be decided again (R-401, R-403, R-427). `why` is a stable word.

    `actor` is as authenticated; `key` and the actor name the stored result that the final answer replaces.
    """

    TOPIC: ClassVar[str] = "acceptance.act_conditional.v1"

    act: str
    body: Annotated[msgspec.Raw, PERSONAL]
    actor: Actor
    key: str
    why: str
    received_at: Instant


class ActDecided(ItemEvent, frozen=True, kw_only=True):
    """The end of a conditional act: how it was decided, by which rule."""

    TOPIC: ClassVar[str] = "acceptance.act_decided.v1"

    conditional: str
    outcome: OutcomeKind
    code: str = ""
    rule: str = ""


class WarningRecorded(ItemEvent, frozen=True, kw_only=True):
    """What had warned the silent side before a deemed acceptance, or that nothing had (R-195, R-406)."""

    TOPIC: ClassVar[str] = "acceptance.warning_recorded.v1"

    accepted_event: str
    deliveries: tuple[str, ...]


class ListedForReview(ItemEvent, frozen=True, kw_only=True):
    """`cited_event` stands, but what it rested on turned out otherwise, so people look at it again (R-427)."""

    TOPIC: ClassVar[str] = "acceptance.listed_for_review.v1"

    cited_event: str
    rule: str
    reason: str


class TrialRunRecorded(DossierEvent, frozen=True, kw_only=True):
    """Start or end of an agreed trial run, UAT or verification (R-191, R-246)."""

    TOPIC: ClassVar[str] = "acceptance.trial_run_recorded.v1"

    what: Literal["started", "ended"]
    on: date


class AfterCareStarted(DossierEvent, frozen=True, kw_only=True):
    """A warranty began (R-246), perhaps without a signed report (R-247)."""

    TOPIC: ClassVar[str] = "acceptance.after_care_started.v1"

    care: Identifier
    from_day: date
    last_day: date
    report_unsigned: bool


class AfterCareEnded(DossierEvent, frozen=True, kw_only=True):
    """A warranty ended at the end of its last day (R-011)."""

    TOPIC: ClassVar[str] = "acceptance.after_care_ended.v1"

    care: Identifier
