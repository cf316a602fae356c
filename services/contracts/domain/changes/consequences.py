"""From the last signature to the effect of a change (R-204, R-211, R-444).

On the date of R-204 a change without a price takes effect at once; a price change is sent to the settlement and takes
effect as a whole when it has been applied there, with the effect of that same date.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.authority import Act
from services.contracts.domain.changes.events import (
    ChangeApproved,
    ChangeFailed,
    ChangeTookEffect,
    ContractAmended,
    RePlanSent,
)
from services.contracts.domain.changes.state import Change
from services.contracts.domain.changes.timers import CHANGE_EFFECT, effect_derivation, effective_at
from services.contracts.domain.deadlines import Cause, contract_deadline
from services.contracts.domain.facts import calendar_of
from services.contracts.domain.schedule.consequences import moved
from services.contracts.domain.schedule.errors import DateNotPossible
from services.contracts.domain.schedule.terms import shifted_term
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import change_stream, contract_stream
from shared.commands.command import Context
from shared.commands.decision import Decision
from shared.commands.service import Facts
from shared.deadlines.model import Deadline, DeadlineMet, DeadlineSet
from shared.kernel.ids import event_id
from shared.kernel.instants import Instant, beijing_date
from shared.messages.events import Event, NewEvent
from shared.periods import Derivation
from shared.public_events.terms import PaymentLine, PriceRow, Signature, Terms

BOTH_SIDES = 2


def approved(
    state: Signed,
    change: Change,
    act: Act,
    facts: Facts,
    *,
    form: tuple[Signature, ...],
    supplement: tuple[Signature, ...],
) -> tuple[NewEvent, ...]:
    """What follows when the new signatures complete the approval; nothing while one is missing."""
    signatures = (*change.signatures, *form)
    agreed = (*change.supplement_signatures, *supplement)
    if len(signatures) < BOTH_SIDES or (change.is_price_change and len(agreed) < BOTH_SIDES):
        return ()
    name = change.form.change
    derivation = effect_derivation(change, (*signatures, *agreed), calendar_of(facts, state.terms.calendar))
    effective_on = beijing_date(derivation.due_at)
    event = ChangeApproved(
        contract=state.contract,
        change=name,
        effective_on=effective_on,
        signatures=(*signatures, *agreed),
        provisional=derivation.provisional,
    )
    stream = change_stream(state.contract, name)
    decided = replace(change, effective_on=effective_on, approved_at=act.received_at)
    if derivation.provisional or effective_on > beijing_date(act.received_at):
        waiting = _effect_deadline(state, decided, derivation, act)
        return (act.proposes(stream, event), act.proposes(stream, DeadlineSet(deadline=waiting)))
    cause = effect_cause(act.context.tenant, act.received_at, event_id(act.context.command_id, 2))
    return (act.proposes(stream, event), *came_into_effect(state, decided, facts, cause))


def _effect_deadline(state: Signed, change: Change, derivation: Derivation, act: Act) -> Deadline:
    name = change.form.change
    return Deadline(
        deadline_id=contract_deadline(act.context.tenant, state.contract, CHANGE_EFFECT, name),
        contract=state.contract,
        subject=name,
        kind=CHANGE_EFFECT,
        timer="T-27",
        rule="R-204",
        side=change.requested_by,
        legal_effect=False,
        # The approval is the second event of the decision, after the signature that completed it.
        trigger_event=event_id(act.context.command_id, 1),
        derivation=derivation,
    )


def effect_cause(tenant: str, at: Instant, trigger_event: str) -> Cause:
    """Why milestones move when a change takes effect; `trigger_event` is the amendment of the terms."""
    return Cause(tenant=tenant, at=at, trigger_event=trigger_event, reason="change_in_effect")


def date_of_effect(state: Signed, deadline: Deadline, context: Context, facts: Facts) -> Decision:
    """The date of R-204 has come."""
    change = state.changes[deadline.subject]
    met = DeadlineMet(deadline=deadline, reason="date_of_effect", met_by=deadline.trigger_event)
    stream = change_stream(state.contract, deadline.subject)
    cause = effect_cause(context.tenant, context.received_at, event_id(context.command_id, 1))
    return Decision(
        events=(
            NewEvent(stream=stream, data=met, effective_at=deadline.derivation.due_at),
            *came_into_effect(state, change, facts, cause),
        )
    )


def came_into_effect(state: Signed, change: Change, facts: Facts, cause: Cause) -> tuple[NewEvent, ...]:
    """The date of effect is here: a price change goes to the settlement, any other change takes effect.

    A change that cannot be applied fails as a whole, before anything of it is sent.
    """
    try:
        whole = in_effect(state, change, facts, cause)
    except DateNotPossible as error:
        failed = ChangeFailed(
            contract=state.contract,
            change=change.form.change,
            rule=error.rule,
            reason=f"{error.title_zh} / {error.detail or error.title_en}",
        )
        return (NewEvent(stream=change_stream(state.contract, change.form.change), data=failed, effective_at=cause.at),)
    re_plan = change.form.re_plan
    if re_plan is None:
        return whole
    if change.effective_on is None:
        raise TypeError(f"change {change.form.change} is not approved")
    sent = RePlanSent(
        contract=state.contract,
        change=change.form.change,
        effective_on=change.effective_on,
        re_plan=re_plan,
    )
    stream = change_stream(state.contract, change.form.change)
    return (NewEvent(stream=stream, data=sent, effective_at=effective_at(change)),)


class AppliedPrice(Struct, frozen=True, kw_only=True):
    """The price as the settlement applied it."""

    version: int
    rows: tuple[PriceRow, ...]
    total: Decimal
    lines: tuple[PaymentLine, ...]


def in_effect(
    state: Signed, change: Change, facts: Facts, cause: Cause, price: AppliedPrice | None = None
) -> tuple[NewEvent, ...]:
    """The whole new terms, the milestones that move with them, and the end of the change."""
    if change.effective_on is None:
        raise TypeError(f"change {change.form.change} is not approved")
    name = change.form.change
    planned = {term.milestone_id: term for term in state.terms.milestones}
    shifted = {
        shift.milestone: shifted_term(planned[shift.milestone], shift.planned_on, state.signed_on)
        for shift in change.form.milestone_shifts
    }
    milestones, timed = moved(state, shifted, calendar_of(facts, state.terms.calendar), cause)
    terms = replace(state.terms, version=state.terms.version + 1, milestones=milestones)
    amended = ContractAmended(contract=state.contract, change=name, terms=_priced(terms, price))
    ended = ChangeTookEffect(contract=state.contract, change=name, effective_on=change.effective_on)
    stream = contract_stream(state.contract)
    events: tuple[tuple[str, Event], ...] = (
        (stream, amended),
        *((stream, event) for event in timed),
        (change_stream(state.contract, name), ended),
    )
    at = effective_at(change)
    return tuple(NewEvent(stream=where, data=event, effective_at=at) for where, event in events)


def _priced(terms: Terms, price: AppliedPrice | None) -> Terms:
    if price is None:
        return terms
    return replace(
        terms,
        price_version=price.version,
        price_rows=price.rows,
        price_total=price.total,
        payment_lines=price.lines,
    )
