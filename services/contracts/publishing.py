"""Stage 5: contracts' events -> the published language, and -> the rows that the ticker watches. Pure."""

from __future__ import annotations

from services.contracts.domain.changes.events import (
    ChangeApproved,
    ChangeFailed,
    ChangeNotFeasible,
    ChangeRequested,
    ChangeTookEffect,
    ChangeWithdrawn,
    ContractAmended,
    RePlanSent,
)
from services.contracts.domain.events import CommunicationWithoutEffect
from services.contracts.domain.periods.events import SettledThrough, SettlementAsked
from services.contracts.domain.progress.events import ContractCompleted
from services.contracts.domain.risks.events import RiskAnswered, RiskNotified
from services.contracts.domain.roles.events import RoleAppointed, RoleRevoked
from services.contracts.domain.schedule.events import ContractExtended, MilestoneReached
from services.contracts.domain.signing.events import ContractSigned
from services.contracts.domain.state import Signed, State
from shared.deadlines.model import DeadlineChange, alarm_row, deadline_changes
from shared.messages.events import Event, Recorded
from shared.public_events import contracts as p
from shared.public_events.deadlines import deadline_messages
from shared.public_events.envelope import PublicEvent, PublicMessage

OWNER = "contracts"


def to_public(state: State, recorded: Recorded) -> tuple[PublicMessage, ...]:
    """Nothing leaves before the contract is signed: a draft concerns nobody but its parties."""
    if not isinstance(state, Signed):
        return ()
    public = public_form(recorded.data)
    if public is None:
        return deadline_messages(OWNER, recorded)
    return (PublicMessage(key=state.contract, data=public),)


def public_form(event: Event) -> PublicEvent | None:
    """The public event that a private one becomes; None for what stays inside, and for deadlines."""
    match event:
        case ContractSigned():
            return p.ContractSigned(
                contract=event.contract,
                terms=event.terms,
                roles=event.roles,
                signatures=event.signatures,
            )
        case ContractAmended():
            return p.ContractAmended(contract=event.contract, change=event.change, terms=event.terms)
        case ContractExtended():
            return p.ContractExtended(
                contract=event.contract,
                cause=event.cause,
                cause_side=event.cause_side,
                days=event.days,
                milestones=event.milestones,
                agreed_by=event.agreed_by,
                items=event.items,
                terms=event.terms,
            )
        case ContractCompleted():
            return p.ContractCompleted(contract=event.contract)
        case RoleAppointed():
            return p.RoleAppointed(contract=event.contract, holder=event.holder)
        case RoleRevoked():
            return p.RoleRevoked(contract=event.contract, holder=event.holder, reason=event.reason)
        case MilestoneReached():
            return p.MilestoneMet(contract=event.contract, milestone=event.milestone, on_time=event.on_time)
        case SettledThrough():
            return p.SettledThrough(contract=event.contract, through=event.through, asked_by=event.asked_by)
        case CommunicationWithoutEffect():
            return p.ContractCommunicationWithoutEffect(
                contract=event.contract,
                act=event.act,
                rule=event.rule,
                reason=event.reason,
                received_at=event.received_at,
            )
        case RiskNotified():
            return p.RiskNotified(
                contract=event.contract,
                risk=event.risk,
                description=event.description,
                proposal=event.proposal,
            )
        case RiskAnswered():
            return p.RiskAnswered(
                contract=event.contract,
                risk=event.risk,
                in_time=event.in_time,
                answer=event.answer,
                agreed_control=event.agreed_control,
            )
        case _:
            return _public_change(event)


def _public_change(event: Event) -> PublicEvent | None:
    match event:
        case ChangeRequested():
            return _requested(event)
        case ChangeApproved():
            return p.ChangeDecided(
                contract=event.contract,
                change=event.change,
                decision="approved",
                effective_on=event.effective_on,
                signatures=event.signatures,
                provisional=event.provisional,
            )
        case ChangeNotFeasible():
            return p.ChangeDecided(
                contract=event.contract,
                change=event.change,
                decision="not_feasible",
                reason=event.reason,
            )
        case ChangeWithdrawn():
            return p.ChangeWithdrawn(contract=event.contract, change=event.change, reason=event.reason)
        case RePlanSent():
            return p.RePlanSent(
                contract=event.contract,
                change=event.change,
                effective_on=event.effective_on,
                re_plan=event.re_plan,
            )
        case ChangeTookEffect():
            return p.ChangeInEffect(contract=event.contract, change=event.change, effective_on=event.effective_on)
        case ChangeFailed():
            return p.ChangeFailed(contract=event.contract, change=event.change, rule=event.rule, reason=event.reason)
        case _:
            return None


def _requested(event: ChangeRequested) -> p.ChangeRequested:
    form = event.form
    return p.ChangeRequested(
        contract=form.contract,
        change=form.change,
        form_number=form.form_number,
        drafted_on=form.drafted_on,
        drafted_by=form.drafted_by,
        reason_code=form.reason_code,
        reason=form.reason,
        description=form.description,
        scope_of_impact=form.scope_of_impact,
        technical_risk=form.technical_risk,
        cost_impact=form.cost_impact,
        planned_effect_on=form.planned_effect_on,
        earliest_effect_on=event.earliest_effect_on,
        earliest_effect_provisional=bool(event.earliest and event.earliest.provisional),
        notice_waived=form.notice_waived,
        milestone_shifts=form.milestone_shifts,
        re_plan=form.re_plan,
        accepted_item=form.accepted_item,
        content_sha256=event.content_sha256,
    )


def rows(recorded: Recorded) -> tuple[DeadlineChange, ...]:
    """Deadline rows, and the rows that bring the time to answer a "settled through" (see `reactions.py`)."""
    match recorded.data:
        case SettlementAsked(question=question, through=through):
            return (alarm_row(recorded, question, "settled_through", through),)
        case SettledThrough(question=question) if question:
            return (alarm_row(recorded, question, "settled_through", None),)
        case _:
            return deadline_changes(recorded)
