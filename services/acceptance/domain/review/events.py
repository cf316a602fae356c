"""An item in review, until it is accepted or closed."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from services.acceptance.domain.base import ItemEvent
from shared.kernel.ids import Identifier, Sha256
from shared.messages.events import Event
from shared.public_events.submissions import AcceptedFile, Basis
from shared.public_events.terms import Signature


class DaysLeft(Struct, frozen=True, kw_only=True):
    """What was left of a review when a notice stopped it (R-157): a period, and calendar days of agreed extensions."""

    period: str
    extended_by: int = 0


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


class WarningRecorded(ItemEvent, frozen=True, kw_only=True):
    """What had warned the silent side before a deemed acceptance, or that nothing had (R-195, R-406)."""

    TOPIC: ClassVar[str] = "acceptance.warning_recorded.v1"

    accepted_event: str
    deliveries: tuple[str, ...]


EVENTS: tuple[type[Event], ...] = (
    ReviewStarted,
    ReviewSuspended,
    ItemSigned,
    ItemAccepted,
    ItemClosed,
    WarningRecorded,
)
