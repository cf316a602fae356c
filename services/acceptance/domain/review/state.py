"""The phases from the review to the end of an item, and what speaks for and against its acceptance."""

from __future__ import annotations

from msgspec import Struct

from services.acceptance.domain.review.events import DaysLeft
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.public_events.submissions import AcceptedFile, Basis
from shared.public_events.terms import Signature


class UnderReview(Struct, frozen=True, kw_only=True, tag="under_review"):
    """The customer reviews; `round` 1 is the first review, later ones are re-reviews.

    `silence` is whether silence still has its effect: any feedback can have stopped it (R-186). The effect is
    acceptance or, where `closes`, that the item is closed unconfirmed (R-194).
    """

    round: int
    silence: bool
    closes: bool = False
    content_sha256: str
    started_by: str
    receipts: tuple[str, ...] = ()


class Accepted(Struct, frozen=True, kw_only=True, tag="accepted"):
    """Terminal: accepted on a basis, effective at an instant, by an event that cites its grounds."""

    basis: Basis
    effective_at: Instant
    event_id: str
    content: tuple[AcceptedFile, ...]
    content_sha256: str
    grounds: tuple[str, ...]
    sides: tuple[Side, ...] = ()


class Closed(Struct, frozen=True, kw_only=True, tag="closed"):
    """Terminal without acceptance."""

    reason: str
    effective_at: Instant


Terminal = Accepted | Closed


class GivenForm(Struct, frozen=True, kw_only=True):
    """An act towards an acceptance that needs more than one: its form and the signature, over one content (R-150)."""

    form: str
    signature: Signature


class Interrupted(Struct, frozen=True, kw_only=True):
    """The first review, stopped by a notice: it goes on when all is withdrawn before a resubmission (R-157).

    `silence` and `closes` are those of the review, `left` is what was left of its period, None when none ran.
    """

    silence: bool
    closes: bool
    left: DaysLeft | None


class Warned(Struct, frozen=True, kw_only=True):
    """A reminder that reached the side that has to act."""

    notice: str
    delivered_at: Instant


class Warnings(Struct, frozen=True, kw_only=True):
    """The reminders of a deadline, and the deemed acceptance that it led to (R-195, R-406)."""

    deliveries: tuple[Warned, ...] = ()
    item: str = ""
    accepted_event: str = ""
