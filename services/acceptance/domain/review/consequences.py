"""A review starts, is suspended and goes on, and an item ends, with all that follows from it in the same decision.

A review starts when the set is complete and no other item comes first (R-128, R-129, R-140, R-153); the first one
goes on when every discrepancy is withdrawn before anything was resubmitted (R-157). When an item ends, its periods end,
items that come after it start their review, duties after acceptance begin, payment lines fall due.
"""

from __future__ import annotations

from datetime import date

from services.acceptance.domain.aftercare.consequences import start_after_care
from services.acceptance.domain.draft import LEDGER, DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.events import DaysLeft, ItemAccepted, ItemClosed, ReviewStarted, ReviewSuspended
from services.acceptance.domain.review.state import GivenForm, UnderReview
from services.acceptance.domain.review.timers import CLOSING, REVIEW, REVIEWING, review_period
from services.acceptance.domain.settlement.consequences import settle
from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.state import Submitted
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant
from shared.periods import Derivation, compute, parse_spec
from shared.public_events.submissions import Basis
from shared.public_events.terms import ItemTerm, Signature


def start_review(draft: DecisionDraft, name: str, trigger_event: str, at: Instant, round_number: int = 1) -> None:
    """Start a review and its period; `trigger_event` was received at `at`.

    Silence accepts in the first review of a profile with a silence rule, in a later one only by parameter (R-192).
    """
    term = draft.item(name).term
    silence = term.silence and (round_number == 1 or term.re_review_silence_passes)
    closes = term.silence_closes is True
    record_review(draft, name, round_number, accepts=silence, closes=closes, at=at)
    kind, timer, rule, period = review_period(term, round_number)
    if period is not None:
        periods.begin(
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
            periods.end(
                draft,
                dependent,
                REVIEWING,
                reason="signing_not_possible",
                met_by=objection,
                at=at,
                flags_because="signing_not_possible",
            )


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
        periods.begin(
            draft,
            item=name,
            kind=CLOSING if closes else REVIEW,
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


def accept(
    draft: DecisionDraft,
    name: str,
    *,
    basis: Basis,
    rule: str,
    effective_at: Instant,
    decided_at: Instant,
    actor: Actor = LEDGER,
    acts: tuple[GivenForm, ...] = (),
    signatures: tuple[Signature, ...] = (),
    grounds: tuple[str, ...] = (),
    deadline: str = "",
) -> str:
    """Accept an item, terminally (R-148); deemed acceptance has the same effect (R-188).

    `acts` are those that accept it explicitly, `signatures` those of an agreement that does.
    `decided_at` is when the act that ends the item's periods was received, for a lapse the due instant. Returns the
    id of the acceptance.
    """
    signatures = (*signatures, *(given.signature for given in acts))
    accepted = draft.record(
        ItemAccepted(
            contract=draft.contract,
            item=name,
            basis=basis,
            rule=rule,
            content=draft.item(name).content,
            form=acts[-1].form if acts else "",
            forms=tuple(dict.fromkeys(given.form for given in acts)),
            signatures=signatures,
            grounds=grounds,
            deadline=deadline,
            report_unsigned=not signatures,
        ),
        effective_at,
        actor,
    )
    _follow(draft, name, "accepted", accepted, decided_at)
    return accepted


def close(draft: DecisionDraft, name: str, *, reason: str, rule: str, at: Instant, actor: Actor = LEDGER) -> None:
    """End an item without acceptance (R-158)."""
    closed = draft.record(ItemClosed(contract=draft.contract, item=name, reason=reason, rule=rule), at, actor)
    _follow(draft, name, "closed", closed, at)


def _follow(draft: DecisionDraft, name: str, reason: str, event: str, at: Instant) -> None:
    periods.end(draft, name, None, reason=reason, met_by=event, at=at)
    start_waiting_reviews(draft, event, at)
    start_after_care(draft, event, at)
    settle(draft)
