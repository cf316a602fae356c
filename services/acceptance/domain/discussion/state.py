"""The phase of an item that is discussed."""

from __future__ import annotations

from msgspec import Struct

from services.acceptance.domain.discussion.events import Conclusion
from shared.public_events.terms import Signature


class SignedConclusion(Struct, frozen=True, kw_only=True):
    """One side's agreement to a conclusion."""

    conclusion: Conclusion
    signature: Signature


class InDiscussion(Struct, frozen=True, kw_only=True, tag="in_discussion"):
    """A further written objection is discussed; `conclusions` holds at most one agreement a side.

    Once the discussion was `held`, either side may escalate (R-175).
    """

    round: int
    held: bool = False
    conclusions: tuple[SignedConclusion, ...] = ()
