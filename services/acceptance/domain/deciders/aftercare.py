"""The warranty begins when acceptance and trial run are over (R-246, R-247), and ends by time."""

from __future__ import annotations

from datetime import date

from services.acceptance.domain import timers
from services.acceptance.domain.deciders.settlement import settle
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import AfterCareEnded, AfterCareStarted
from services.acceptance.domain.state import Accepted
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant, beijing_date, start_of_day
from shared.periods import compute
from shared.public_events.terms import AfterCareTerm


def start_after_care(draft: DecisionDraft, trigger_event: str) -> None:
    """Begin every duty whose start has come; nothing while an item is open, or the trial run is not over."""
    accepted = _all_accepted(draft)
    if accepted is None:
        return
    for term in draft.state.terms.after_care:
        since = _start(draft, term, accepted)
        if since is not None and term.care_id not in draft.state.care:
            _start_one(draft, term, since, trigger_event)


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


def _start(draft: DecisionDraft, term: AfterCareTerm, accepted: tuple[Accepted, ...]) -> Instant | None:
    """The later of acceptance and the end of the trial run; the deemed date counts as it stands (R-247)."""
    since = max(item.effective_at for item in accepted)
    if not term.needs_trial_run_end:
        return since
    ended_on: date | None = draft.state.trial_run.ended_on
    return None if ended_on is None else max(since, start_of_day(ended_on))


def _start_one(draft: DecisionDraft, term: AfterCareTerm, since: Instant, trigger_event: str) -> None:
    from_day = beijing_date(since)
    derivation = compute(from_day, term.period, draft.calendar, draft.state.terms.cutoff)
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
    )
