"""Events of an item on its way from the plan to acceptance, with its flags."""

from __future__ import annotations

from typing import Annotated, ClassVar

from services.acceptance.domain.events.base import ItemEvent
from shared.kernel.actors import PERSONAL, Side
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.instants import Instant
from shared.public_events.submissions import AcceptedFile, Basis, Submission
from shared.public_events.terms import ItemTerm, Signature


class ItemPlanned(ItemEvent, frozen=True, kw_only=True):
    """The terms contain an item. `needs`: one deliverable of each group makes its set complete (R-044, R-128)."""

    TOPIC: ClassVar[str] = "acceptance.item_planned.v1"

    term: ItemTerm
    needs: tuple[tuple[Identifier, ...], ...]
    terms_version: int
    customer: Identifier
    provider: Identifier


class ItemReplanned(ItemEvent, frozen=True, kw_only=True):
    """New terms hold for an item that is still open (R-211); periods that run already keep their own terms."""

    TOPIC: ClassVar[str] = "acceptance.item_replanned.v1"

    term: ItemTerm
    needs: tuple[tuple[Identifier, ...], ...]
    terms_version: int


class DeliverableSubmitted(ItemEvent, frozen=True, kw_only=True):
    """A version of a deliverable, or the evidence of a training, was received (R-125, R-134, R-409)."""

    TOPIC: ClassVar[str] = "acceptance.deliverable_submitted.v1"

    submission: Submission
    received_at: Instant


class ReviewStarted(ItemEvent, frozen=True, kw_only=True):
    """The set is complete and the customer reviews it (R-140). `receipts` are the submission events it rests on.

    Silence accepts, or closes the item unconfirmed (R-194), or has no effect.
    """

    TOPIC: ClassVar[str] = "acceptance.review_started.v1"

    round: int
    silence_accepts: bool
    receipts: tuple[str, ...]
    content: tuple[AcceptedFile, ...]
    content_sha256: Sha256
    silence_closes: bool = False


class ReviewSuspended(ItemEvent, frozen=True, kw_only=True):
    """Signing is not possible: `waits_for`, which the signature confirms too, has discrepancies (R-153).

    The period ends; a whole one starts when signing is possible again. `cited_event` is the objection.
    """

    TOPIC: ClassVar[str] = "acceptance.review_suspended.v1"

    waits_for: Identifier
    cited_event: str


class ItemSigned(ItemEvent, frozen=True, kw_only=True):
    """One of the acts that an item needs, in its form (R-150, R-425); it is accepted when all are there."""

    TOPIC: ClassVar[str] = "acceptance.item_signed.v1"

    form: str
    signature: Signature


class ItemAccepted(ItemEvent, frozen=True, kw_only=True):
    """Terminal (R-148). `grounds` are the events that the acceptance cites (R-406).

    `forms` are those of the acts that accepted it, `form` that of the last one.
    """

    TOPIC: ClassVar[str] = "acceptance.item_accepted.v1"

    basis: Basis
    rule: str
    content: tuple[AcceptedFile, ...]
    form: str = ""
    signatures: tuple[Signature, ...] = ()
    grounds: tuple[str, ...] = ()
    deadline: str = ""
    report_unsigned: bool = False
    forms: tuple[str, ...] = ()


class ItemClosed(ItemEvent, frozen=True, kw_only=True):
    """Terminal without acceptance: taken out by change control (R-158), or terminated (R-411)."""

    TOPIC: ClassVar[str] = "acceptance.item_closed.v1"

    reason: str
    rule: str


class OverdueFlagged(ItemEvent, frozen=True, kw_only=True):
    """A flag beside the state, never an acceptance (R-145, R-155)."""

    TOPIC: ClassVar[str] = "acceptance.overdue_flagged.v1"

    deadline: str
    kind: str
    side: Side
    due_at: Instant


class OverdueEscalated(ItemEvent, frozen=True, kw_only=True):
    """An overdue flag is told to higher roles (R-155); the state of the item stays."""

    TOPIC: ClassVar[str] = "acceptance.overdue_escalated.v1"

    to_roles: tuple[str, ...]
    reason: str


class OverdueWithdrawn(ItemEvent, frozen=True, kw_only=True):
    """The flag is down: the act was received in time after all (`received_in_time`), or came late and ended it."""

    TOPIC: ClassVar[str] = "acceptance.overdue_withdrawn.v1"

    deadline: str
    reason: str


class ItemEscalated(ItemEvent, frozen=True, kw_only=True):
    """The state ESCALATED (R-176): the directors decide.

    `deadline` is the missed one, empty for a third round and where a side asked for it (R-175), `text` what it said.
    """

    TOPIC: ClassVar[str] = "acceptance.item_escalated.v1"

    to_roles: tuple[str, ...]
    reason: str
    deadline: str = ""
    due_at: Instant | None = None
    text: Annotated[str, PERSONAL] = ""


class EscalationWithdrawn(ItemEvent, frozen=True, kw_only=True):
    """The act that the escalation missed had been received in time (R-401): the item is where it was before."""

    TOPIC: ClassVar[str] = "acceptance.escalation_withdrawn.v1"

    deadline: str
    reason: str


class UseRecorded(ItemEvent, frozen=True, kw_only=True):
    """Evidence of real use (R-190), by either side; in a trial run it accepts nothing (R-191)."""

    TOPIC: ClassVar[str] = "acceptance.use_recorded.v1"

    used_at: Instant
    description: str
    evidence_sha256: Sha256
    side: Side
    in_trial_run: bool


class ChangeOfAcceptedRequested(ItemEvent, frozen=True, kw_only=True):
    """The customer wants accepted content changed (R-147): a flag, the acceptance stays; R-205 is the way."""

    TOPIC: ClassVar[str] = "acceptance.change_of_accepted_requested.v1"

    change: str
    reason: str
