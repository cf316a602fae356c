"""A duty after acceptance ends by time; and nobody said in time that there was a trial run (R-246)."""

from __future__ import annotations

from services.acceptance.domain.aftercare.consequences import all_accepted, start_one, stop_asking
from services.acceptance.domain.aftercare.events import AfterCareEnded
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.settlement.consequences import settle
from shared.deadlines.model import Deadline


def trial_run_answer_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """Nobody said in time that there was a trial run, so there was none: the warranty starts with the acceptance."""
    ended = periods.lapsed(draft, deadline, "no_trial_run")
    accepted = all_accepted(draft)
    stop_asking(draft, ended, "no_trial_run", deadline.derivation.due_at)
    if accepted is None:
        # A change has added an item since; the question is asked again when that one ends.
        return
    for term in draft.state.terms.after_care:
        if term.care_id == deadline.subject and term.care_id not in draft.state.care:
            start_one(draft, term, max(item.effective_at for item in accepted), ended)


def after_care_over(draft: DecisionDraft, deadline: Deadline) -> None:
    """The last day of a duty is over; payment lines may have waited for it (R-445)."""
    periods.lapsed(draft, deadline, "after_care_ended")
    ended_at = deadline.derivation.due_at
    draft.record(AfterCareEnded(contract=draft.contract, care=deadline.subject), ended_at)
    settle(draft)
