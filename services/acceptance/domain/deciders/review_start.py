"""A review starts when the set is complete and no other item comes first (R-128, R-129, R-140, R-153).

In: a draft in which something was submitted, accepted, objected to or withdrawn. Out: ReviewStarted and its deadline,
or ReviewSuspended and the end of it, in the draft.
"""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ReviewStarted, ReviewSuspended
from services.acceptance.domain.state import Submitted, UnderReview
from shared.kernel.instants import Instant
from shared.public_events.terms import ItemTerm


def start_review(draft: DecisionDraft, name: str, trigger_event: str, at: Instant, round_number: int = 1) -> None:
    """Start a review and its period; `trigger_event` was received at `at`.

    Silence accepts in the first review of a profile with a silence rule, in a later one only by parameter (R-192).
    """
    term = draft.item(name).term
    silence = term.silence and (round_number == 1 or term.re_review_silence_passes)
    closes = term.silence_closes is True
    record_review(draft, name, round_number, accepts=silence, closes=closes, at=at)
    kind, timer, rule, period = _period(term, round_number)
    if period is not None:
        timers.begin(
            draft,
            item=name,
            kind=kind,
            timer=timer,
            rule=rule,
            side="customer",
            period=period,
            trigger=at,
            trigger_event=trigger_event,
            at=at,
            legal_effect=silence or closes,
        )
    # What the acceptance of another item confirms is in review: that one may have waited for it.
    start_waiting_reviews(draft, trigger_event, at)


def record_review(
    draft: DecisionDraft, name: str, round_number: int, *, accepts: bool, closes: bool, at: Instant
) -> None:
    """Record that the customer reviews the item, and what his silence does."""
    item = draft.item(name)
    draft.record(
        ReviewStarted(
            contract=draft.contract,
            item=name,
            round=round_number,
            silence_accepts=accepts,
            silence_closes=closes,
            receipts=tuple(sorted({received.event_id for received in item.received.values()})),
            content=item.content,
            content_sha256=item.content_sha256,
        ),
        at,
    )


def start_if_ready(draft: DecisionDraft, name: str, trigger_event: str, at: Instant) -> None:
    """Start the first review of an item whose set is complete, unless another item comes first."""
    item = draft.item(name)
    if isinstance(item.phase, Submitted) and item.is_complete and waits_for(draft, item.term) is None:
        start_review(draft, name, trigger_event, at)


def start_waiting_reviews(draft: DecisionDraft, trigger_event: str, at: Instant) -> None:
    """Start the reviews that waited for another item."""
    for name, item in draft.state.items.items():
        if item.term.after or item.term.confirms:
            start_if_ready(draft, name, trigger_event, at)


def waits_for(draft: DecisionDraft, term: ItemTerm) -> str | None:
    """The item that comes before this one and is not so far; None when signing is possible (R-153).

    One before it has ended; one that its acceptance confirms too may also be in review, without open discrepancies.
    """
    for name in dict.fromkeys((*term.after, *term.confirms)):
        before = draft.item(name)
        if not before.is_terminal and not (name in term.confirms and isinstance(before.phase, UnderReview)):
            return name
    return None


def suspend_dependents(draft: DecisionDraft, name: str, objection: str, at: Instant) -> None:
    """An objection to an item makes it impossible to sign what confirms it: those reviews wait (R-153)."""
    for dependent, item in draft.state.items.items():
        if name in item.term.confirms and isinstance(item.phase, UnderReview):
            draft.record(
                ReviewSuspended(contract=draft.contract, item=dependent, waits_for=name, cited_event=objection), at
            )
            timers.end(
                draft,
                dependent,
                timers.REVIEWING,
                reason="signing_not_possible",
                met_by=objection,
                at=at,
                flags_because="signing_not_possible",
            )


def _period(term: ItemTerm, round_number: int) -> tuple[str, str, str, str | None]:
    """Kind, timer, rule and length of the review period."""
    if term.silence_closes is True:
        return timers.CLOSING, term.review_timer, term.review_rule, term.review_period
    if term.starts == "none":
        # The period starts with something that the terms do not state, the end of the contract for one.
        return timers.REVIEW, term.review_timer, term.review_rule, None
    if round_number == 1:
        return timers.REVIEW, term.review_timer, term.review_rule, term.review_period
    if term.discrepancies:
        return timers.RE_REVIEW, "T-13", "R-174", term.re_review_period
    # Where silence passes in every round (A14-16) each of them is a review like the first.
    rule = term.review_rule if term.re_review_silence_passes else "R-192"
    return timers.RE_REVIEW, term.review_timer, rule, term.re_review_period or term.review_period
