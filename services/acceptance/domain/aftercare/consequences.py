"""The warranty begins when acceptance and trial run are over (R-246, R-247)."""

from __future__ import annotations

from services.acceptance.domain.aftercare.events import AfterCareStarted
from services.acceptance.domain.aftercare.timers import AFTER_CARE_END, TRIAL_RUN_ANSWER, TRIAL_RUN_ANSWER_PERIOD
from services.acceptance.domain.authority import BOTH
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.state import Accepted
from shared.deadlines.model import DeadlineMet
from shared.kernel.instants import Instant, beijing_date, start_of_day
from shared.periods import runs_until
from shared.public_events.terms import AfterCareTerm


def start_after_care(draft: DecisionDraft, trigger_event: str, at: Instant) -> None:
    """Begin every duty whose start has come; nothing while an item is open, or the trial run is not over.

    Where no trial run was recorded when the last item ends, both sides are asked whether there was one (R-246).
    """
    accepted = all_accepted(draft)
    if accepted is None:
        return
    since = max(item.effective_at for item in accepted)
    for term in draft.state.terms.after_care:
        if term.care_id in draft.state.care:
            continue
        if not term.needs_trial_run_end:
            start_one(draft, term, since, trigger_event)
        elif (ended_on := draft.state.trial_run.ended_on) is not None:
            start_one(draft, term, max(since, start_of_day(ended_on)), trigger_event)
        elif draft.state.trial_run.started_on is None:
            _ask(draft, term, at, trigger_event)


def trial_run_stated(draft: DecisionDraft, recorded: str, at: Instant) -> None:
    """There was a trial run: its end is waited for."""
    stop_asking(draft, recorded, "trial_run_stated", at)


def start_one(draft: DecisionDraft, term: AfterCareTerm, since: Instant, trigger_event: str) -> None:
    """Begin one duty on the day of `since`."""
    from_day = beijing_date(since)
    derivation = runs_until(from_day, term.period, draft.calendar)
    accepted = (item.phase for item in draft.state.items.values())
    unsigned = any(isinstance(phase, Accepted) and phase.basis != "explicit" for phase in accepted)
    draft.record(
        AfterCareStarted(
            contract=draft.contract,
            care=term.care_id,
            from_day=from_day,
            last_day=derivation.last_day or from_day,
            report_unsigned=unsigned,
        ),
        since,
    )
    periods.begin(
        draft,
        kind=AFTER_CARE_END,
        timer=term.timer,
        rule=term.rule,
        side="provider",
        period=term.period,
        trigger=from_day,
        trigger_event=trigger_event,
        at=since,
        subject=term.care_id,
        runs_on=True,
    )


def all_accepted(draft: DecisionDraft) -> tuple[Accepted, ...] | None:
    """How the items were accepted, when all of them are terminal and at least one is accepted."""
    if not all(item.is_terminal for item in draft.state.items.values()):
        return None
    phases = (item.phase for item in draft.state.items.values())
    return tuple(phase for phase in phases if isinstance(phase, Accepted)) or None


def stop_asking(draft: DecisionDraft, met_by: str, reason: str, at: Instant) -> None:
    """Both sides need not answer any more."""
    for running in periods.open_periods(draft, ""):
        if running.deadline.kind == TRIAL_RUN_ANSWER:
            draft.record(DeadlineMet(deadline=running.deadline, reason=reason, met_by=met_by), at)


def _ask(draft: DecisionDraft, term: AfterCareTerm, at: Instant, trigger_event: str) -> None:
    """Both sides have the same days, from the day on which it was decided that the last item has ended."""
    asked = (running.deadline for running in periods.open_periods(draft, ""))
    if any(known.kind == TRIAL_RUN_ANSWER and known.subject == term.care_id for known in asked):
        return
    for side in BOTH:
        periods.begin(
            draft,
            kind=TRIAL_RUN_ANSWER,
            timer=term.timer,
            rule=term.rule,
            side=side,
            period=TRIAL_RUN_ANSWER_PERIOD,
            trigger=at,
            trigger_event=trigger_event,
            at=at,
            subject=term.care_id,
            legal_effect=True,
        )
