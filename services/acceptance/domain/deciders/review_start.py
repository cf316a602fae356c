"""A review starts when the set is complete and no other item comes first (R-128, R-129, R-140, R-153).

In: a draft in which something was submitted, accepted or withdrawn. Out: ReviewStarted and its deadline, in the draft.
"""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ReviewStarted
from services.acceptance.domain.state import Planned, Submitted
from shared.kernel.instants import Instant
from shared.public_events.terms import ItemTerm


def start_review(draft: DecisionDraft, name: str, trigger_event: str, at: Instant, round_number: int = 1) -> None:
    """Start a review and its period; `trigger_event` was received at `at`.

    Silence accepts in the first review of a profile with a silence rule, in a later one only by parameter (R-192).
    """
    item = draft.item(name)
    term = item.term
    silence = term.silence and (round_number == 1 or term.re_review_silence_passes)
    draft.record(
        ReviewStarted(
            contract=draft.contract,
            item=name,
            round=round_number,
            silence_accepts=silence,
            receipts=tuple(sorted({received.event_id for received in item.received.values()})),
            content=item.content,
            content_sha256=item.content_sha256,
        ),
        at,
    )
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
            legal_effect=silence,
        )


def start_if_ready(draft: DecisionDraft, name: str, trigger_event: str, at: Instant) -> None:
    """Start the first review of an item whose set is complete, unless another item comes first."""
    item = draft.item(name)
    if isinstance(item.phase, Submitted) and item.is_complete and _comes_next(draft, item.term):
        start_review(draft, name, trigger_event, at)


def start_waiting_reviews(draft: DecisionDraft, trigger_event: str, at: Instant) -> None:
    """Start the reviews that waited for another item."""
    for name, item in draft.state.items.items():
        if item.term.after:
            start_if_ready(draft, name, trigger_event, at)


def _comes_next(draft: DecisionDraft, term: ItemTerm) -> bool:
    """Items before it have ended, or are in review when the acceptance of this one confirms them (R-153)."""
    return all(
        before.is_terminal
        or (before.term.item_id in term.confirms and not isinstance(before.phase, Planned | Submitted))
        for before in (draft.item(name) for name in term.after)
    )


def _period(term: ItemTerm, round_number: int) -> tuple[str, str, str, str | None]:
    """Kind, timer, rule and length of the review period."""
    if round_number == 1:
        return timers.REVIEW, term.review_timer, term.review_rule, term.review_period
    if term.discrepancies:
        return timers.RE_REVIEW, "T-13", "R-174", term.re_review_period
    # Where silence passes in every round (A14-16) each of them is a review like the first.
    rule = term.review_rule if term.re_review_silence_passes else "R-192"
    return timers.RE_REVIEW, term.review_timer, rule, term.re_review_period or term.review_period
