"""The first review goes on when every discrepancy is withdrawn before anything was resubmitted (R-157).

In: a draft in which the last discrepancy was withdrawn. Out: ReviewStarted of the same round, and the days left.
"""

from __future__ import annotations

from datetime import date

from services.acceptance.domain import timers
from services.acceptance.domain.deciders.review_start import record_review, start_waiting_reviews
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import DaysLeft
from services.acceptance.domain.state import Item
from shared.kernel.instants import Instant
from shared.periods import Derivation, compute, parse_spec

FIRST_ROUND = 1
# Nothing was left: the review ends with the day of the withdrawal, or with the next working day where that is over.
THIS_DAY, NEXT_DAY = "0d", "1wd"


def days_left(derivation: Derivation, day: date) -> DaysLeft:
    """What was left of a period after `day`, the day of the notice, which is not counted (like R-004)."""
    counted = [step for step in derivation.steps if step.counted and step.date > day]
    extended_by = sum(1 for step in derivation.steps_added if step.date > day)
    left = len(counted) - extended_by
    unit = "wd" if parse_spec(derivation.spec).unit == "wd" else "d"
    return DaysLeft(period=f"{left}{unit}" if left else THIS_DAY, extended_by=extended_by)


def is_as_if_never_raised(item: Item, round_number: int) -> bool:
    """Whether every discrepancy was withdrawn, and nothing had been resubmitted."""
    return (
        item.interrupted is not None
        and round_number == FIRST_ROUND
        and all(found.state == "withdrawn" for found in item.discrepancies.values())
    )


def resume_review(draft: DecisionDraft, name: str, trigger_event: str, at: Instant) -> None:
    """Go on with the first review. Where any feedback breaks silence, the notice has broken it (R-186)."""
    item = draft.item(name)
    interrupted = item.interrupted
    if interrupted is None:
        raise TypeError(f"no review of {name} was interrupted")
    keeps = not item.term.neutral_reply_stops
    accepts = keeps and interrupted.silence and not interrupted.closes
    closes = keeps and interrupted.silence and interrupted.closes
    record_review(draft, name, FIRST_ROUND, accepts=accepts, closes=closes, at=at)
    if item.term.review_period is not None:
        left = interrupted.left or DaysLeft(period=THIS_DAY)
        timers.begin(
            draft,
            item=name,
            kind=timers.CLOSING if closes else timers.REVIEW,
            timer=item.term.review_timer,
            rule=item.term.review_rule,
            side="customer",
            period=_not_over(draft, left, at),
            trigger=at,
            trigger_event=trigger_event,
            at=at,
            legal_effect=accepts or closes,
            extended_by=left.extended_by,
        )
    start_waiting_reviews(draft, trigger_event, at)


def _not_over(draft: DecisionDraft, left: DaysLeft, at: Instant) -> str:
    """A period that has not ended when it begins."""
    if left.period != THIS_DAY or left.extended_by:
        return left.period
    today = compute(at, THIS_DAY, draft.calendar, draft.state.terms.cutoff)
    return THIS_DAY if at < today.due_at else NEXT_DAY
