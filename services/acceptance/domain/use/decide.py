"""Facts about use: real use accepts (R-190), a trial run does not (R-191)."""

from __future__ import annotations

from datetime import date

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.aftercare.consequences import start_after_care, trial_run_stated
from services.acceptance.domain.communications.consequences import without_effect
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.errors import AlreadyTerminal
from services.acceptance.domain.review.consequences import accept
from services.acceptance.domain.review.errors import accepted_already
from services.acceptance.domain.review.state import Accepted, Closed
from services.acceptance.domain.settlement.consequences import settle
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from services.acceptance.domain.use.errors import (
    NO_ACCEPTANCE_BY_USE,
    USE_IN_TRIAL_RUN,
    NothingToUse,
    TrialRunContradiction,
    UseInTheFuture,
)
from services.acceptance.domain.use.events import TrialRunRecorded, UseRecorded
from services.acceptance.domain.use.state import TrialRun
from shared.commands.decision import Outcome
from shared.kernel.instants import beijing_date


def record_use(draft: DecisionDraft, act: Act, body: RecordUse) -> Outcome:
    """Evidence of use accepts at once, effective when the use happened, also while a discrepancy is open (R-190)."""
    item = draft.item(act.item)
    if not item.term.use_is_acceptance:
        return without_effect(draft, act, "USE_DOES_NOT_ACCEPT", "R-144", NO_ACCEPTANCE_BY_USE)
    if body.used_at > act.received_at:
        raise UseInTheFuture(body.used_at, field="/used_at")
    first_received = min((received.received_at for received in item.received.values()), default=None)
    if first_received is None or body.used_at < first_received:
        raise NothingToUse(body.used_at, field="/used_at")
    if isinstance(item.phase, Closed):
        raise AlreadyTerminal()
    if isinstance(item.phase, Accepted):
        reason = accepted_already(item.phase.effective_at, item.phase.basis)
        return without_effect(draft, act, "ACCEPTED_ALREADY", "R-148", reason)
    in_trial_run = _in_trial_run(draft.state.trial_run, beijing_date(body.used_at))
    used = draft.record(
        UseRecorded(
            contract=draft.contract,
            item=act.item,
            used_at=body.used_at,
            description=body.description,
            evidence_sha256=body.evidence_sha256,
            side=act.side,
            in_trial_run=in_trial_run,
        ),
        body.used_at,
        act.by,
    )
    if in_trial_run:
        return Outcome(code="USE_IN_TRIAL_RUN", rule="R-191", detail=USE_IN_TRIAL_RUN)
    accept(
        draft,
        act.item,
        basis="use",
        rule="R-190",
        effective_at=body.used_at,
        decided_at=act.received_at,
        actor=act.by,
        grounds=(*(received.event_id for received in item.received.values()), used),
    )
    return DONE


def _in_trial_run(trial_run: TrialRun, day: date) -> bool:
    if trial_run.started_on is None or day < trial_run.started_on:
        return False
    return trial_run.ended_on is None or day <= trial_run.ended_on


def record_trial_run(draft: DecisionDraft, act: Act, body: RecordTrialRun) -> Outcome:
    """Start or end of an agreed trial run; its end may begin the warranty (R-191, R-246)."""
    known = draft.state.trial_run
    stated = known.started_on if body.what == "started" else known.ended_on
    if stated == body.on:
        return UNCHANGED_OUTCOME
    ends_before_start = body.what == "ended" and (known.started_on is None or body.on < known.started_on)
    if stated is not None or ends_before_start or body.on > beijing_date(act.received_at):
        raise TrialRunContradiction(f"{body.what} {body.on}", field="/on")
    recorded = draft.record(
        TrialRunRecorded(contract=draft.contract, what=body.what, on=body.on), act.received_at, act.by
    )
    if body.what == "started":
        trial_run_stated(draft, recorded, act.received_at)
    else:
        start_after_care(draft, recorded, act.received_at)
        settle(draft)
    return DONE
