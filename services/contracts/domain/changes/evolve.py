"""Change forms after what happened to one, and the terms that a change made."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from services.contracts.domain.base import with_entry
from services.contracts.domain.changes.events import (
    ChangeApproved,
    ChangeAssessed,
    ChangeEvent,
    ChangeFailed,
    ChangeFormSigned,
    ChangeNotFeasible,
    ChangeRequested,
    ChangeStep,
    ChangeTookEffect,
    ChangeWithdrawn,
    ContractAmended,
    RePlanSent,
    SupplementSigned,
)
from services.contracts.domain.changes.state import Change
from services.contracts.domain.state import Signed
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant, beijing_date


def change_changed(state: Signed, event: ChangeEvent, at: Instant) -> Signed:
    """Fold an event of change control that took effect `at`."""
    if isinstance(event, ChangeRequested):
        form = Change(
            form=event.form,
            content_sha256=event.content_sha256,
            earliest_effect_on=event.earliest_effect_on,
            earliest=event.earliest,
            requested_by=event.requested_by,
        )
        return replace(state, changes=with_entry(state.changes, event.form.change, form))
    if isinstance(event, ContractAmended):
        state.changes[event.change]
        return replace(state, terms=event.terms)
    change = _next(state.changes[event.change], event, at)
    return replace(state, changes=with_entry(state.changes, event.change, change))


def _next(change: Change, event: ChangeStep, at: Instant) -> Change:
    match event:
        case ChangeAssessed():
            return replace(change, feasible_for=(*change.feasible_for, event.side))
        case ChangeFormSigned():
            return replace(change, signatures=(*change.signatures, event.signature))
        case SupplementSigned():
            return replace(change, supplement_signatures=(*change.supplement_signatures, event.signature))
        case ChangeApproved():
            return replace(
                change,
                status="approved",
                effective_on=event.effective_on,
                approved_at=at,
                provisional=event.provisional,
            )
        case ChangeNotFeasible():
            return replace(change, status="not_feasible", why_ended=event.reason)
        case ChangeWithdrawn():
            return replace(change, status="withdrawn", why_ended=event.reason)
        case RePlanSent():
            return replace(change, status="sent")
        case ChangeTookEffect():
            return replace(change, status="in_effect")
        case ChangeFailed():
            return replace(change, status="failed", why_ended=event.reason)
        case _ as never:
            assert_never(never)


def effect_moved(state: Signed, deadline: Deadline) -> Signed:
    """Fold a date of effect that moved with the calendar (R-403, R-404)."""
    derivation = deadline.derivation
    effective_on = beijing_date(derivation.due_at)
    moved = replace(state.changes[deadline.subject], effective_on=effective_on, provisional=derivation.provisional)
    return replace(state, changes=with_entry(state.changes, deadline.subject, moved))
