"""The warranty begins when acceptance and trial run are over (R-246, R-247), and ends by time."""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.deciders.settlement import settle
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import AfterCareEnded, AfterCareStarted
from services.acceptance.domain.state import Accepted
from shared.deadlines.model import Deadline, DeadlineMet
from shared.kernel.actors import Side
from shared.kernel.instants import Instant, beijing_date, start_of_day
from shared.periods import runs_until
from shared.public_events.terms import AfterCareTerm

BOTH: tuple[Side, ...] = ("customer", "provider")


def start_after_care(draft: DecisionDraft, trigger_event: str, at: Instant) -> None:
    """Begin every duty whose start has come; nothing while an item is open, or the trial run is not over.

    Where no trial run was recorded when the last item ends, both sides are asked whether there was one (R-246).
    """
    accepted = _all_accepted(draft)
    if accepted is None:
        return
    since = max(item.effective_at for item in accepted)
    for term in draft.state.terms.after_care:
        if term.care_id in draft.state.care:
            continue
        if not term.needs_trial_run_end:
            _start_one(draft, term, since, trigger_event)
        elif (ended_on := draft.state.trial_run.ended_on) is not None:
            _start_one(draft, term, max(since, start_of_day(ended_on)), trigger_event)
        elif draft.state.trial_run.started_on is None:
            _ask(draft, term, at, trigger_event)


def no_trial_run(draft: DecisionDraft, deadline: Deadline, lapsed: str) -> None:
    """Nobody said in time that there was a trial run, so there was none: the warranty starts with the acceptance."""
    accepted = _all_accepted(draft)
    _stop_asking(draft, lapsed, "no_trial_run", deadline.derivation.due_at)
    if accepted is None:
        # A change has added an item since; the question is asked again when that one ends.
        return
    for term in draft.state.terms.after_care:
        if term.care_id == deadline.subject and term.care_id not in draft.state.care:
            _start_one(draft, term, max(item.effective_at for item in accepted), lapsed)


def trial_run_stated(draft: DecisionDraft, recorded: str, at: Instant) -> None:
    """There was a trial run: its end is waited for."""
    _stop_asking(draft, recorded, "trial_run_stated", at)


def _ask(draft: DecisionDraft, term: AfterCareTerm, at: Instant, trigger_event: str) -> None:
    """Both sides have the same days, from the day on which it was decided that the last item has ended."""
    asked = (running.deadline for running in timers.open_periods(draft, ""))
    if any(known.kind == timers.TRIAL_RUN_ANSWER and known.subject == term.care_id for known in asked):
        return
    for side in BOTH:
        timers.begin(
            draft,
            kind=timers.TRIAL_RUN_ANSWER,
            timer=term.timer,
            rule=term.rule,
            side=side,
            period=timers.TRIAL_RUN_ANSWER_PERIOD,
            trigger=at,
            trigger_event=trigger_event,
            at=at,
            subject=term.care_id,
            legal_effect=True,
        )


def _stop_asking(draft: DecisionDraft, met_by: str, reason: str, at: Instant) -> None:
    for running in timers.open_periods(draft, ""):
        if running.deadline.kind == timers.TRIAL_RUN_ANSWER:
            draft.record(DeadlineMet(deadline=running.deadline, reason=reason, met_by=met_by), at)


def after_care_ended(draft: DecisionDraft, deadline: Deadline) -> None:
    """The last day of a duty is over; payment lines may have waited for it (R-445)."""
    ended_at = deadline.derivation.due_at
    draft.record(AfterCareEnded(contract=draft.contract, care=deadline.subject), ended_at)
    settle(draft)


def _all_accepted(draft: DecisionDraft) -> tuple[Accepted, ...] | None:
    """How the items were accepted, when all of them are terminal and at least one is accepted."""
    if not all(item.is_terminal for item in draft.state.items.values()):
        return None
    phases = (item.phase for item in draft.state.items.values())
    return tuple(phase for phase in phases if isinstance(phase, Accepted)) or None


def _start_one(draft: DecisionDraft, term: AfterCareTerm, since: Instant, trigger_event: str) -> None:
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
    timers.begin(
        draft,
        kind=timers.AFTER_CARE_END,
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
