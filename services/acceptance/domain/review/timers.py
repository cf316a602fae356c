"""The periods of a review: the first, a later one, and the one whose silence closes."""

from __future__ import annotations

from services.acceptance.domain.escalation.timers import ESCALATION
from shared.public_events.terms import ItemTerm

REVIEW = "review"
RE_REVIEW = "re_review"
# The review of a request that silence closes.
CLOSING = "closing"
# An overdue review is escalated by further periods, which end with it.
REVIEWS = frozenset({REVIEW, RE_REVIEW, CLOSING})
REVIEWING = frozenset({*REVIEWS, ESCALATION})


def review_period(term: ItemTerm, round_number: int) -> tuple[str, str, str, str | None]:
    """Kind, timer, rule and length of the review period."""
    if term.silence_closes is True:
        return CLOSING, term.review_timer, term.review_rule, term.review_period
    if term.starts == "none":
        # The period starts with something that the terms do not state, the end of the contract for one.
        return REVIEW, term.review_timer, term.review_rule, None
    if round_number == 1:
        return REVIEW, term.review_timer, term.review_rule, term.review_period
    if term.discrepancies:
        return RE_REVIEW, "T-13", "R-174", term.re_review_period
    # Where silence passes in every round (A14-16) each of them is a review like the first.
    rule = term.review_rule if term.re_review_silence_passes else "R-192"
    return RE_REVIEW, term.review_timer, rule, term.re_review_period or term.review_period
