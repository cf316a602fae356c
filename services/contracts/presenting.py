"""From the documents of the views to what readers are shown (`answers.py`). Pure."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.answers import (
    ChangeAnswer,
    ContractAnswer,
    ContractSummary,
    DueAnswer,
    ExtensionAnswer,
    ItemAnswer,
    LineAnswer,
    MilestoneAnswer,
    RiskAnswer,
    StateName,
    TermsAnswer,
    TimelineAnswer,
)
from services.contracts.domain.changes.state import Change
from services.contracts.domain.changes.terms import FORM_VERSION, supplement_sha256
from services.contracts.domain.deadlines import open_deadline
from services.contracts.domain.risks.timers import RISK_ANSWER
from services.contracts.domain.schedule.state import Extension
from services.contracts.domain.schedule.terms import EXTENSION_VERSION
from services.contracts.domain.schedule.timers import MILESTONE
from services.contracts.domain.state import Completed, Contract, Draft, Signed
from services.contracts.projections.closed_deadlines import ClosedDeadline
from services.contracts.projections.contract import ContractDocument, ItemShown, LineShown
from services.contracts.projections.deadlines import ContractDeadlines, OpenDeadline
from services.contracts.projections.timeline import TimelineEntry
from services.contracts.sentences import sentence
from services.contracts.sentences.naming import named
from shared.deadlines.answer import DeadlineAnswer, deadline_answer, latest_act_on
from shared.kernel.actors import Actor, Side
from shared.messages import canonical
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.public_events.naming import Names
from shared.public_events.terms import ItemTerm, MilestoneTerm, PaymentLine, RoleHolder, RoleName

# Who usually acts by a deadline; a notice of the customer's project manager counts like the acceptor's.
ACTING_ROLES: dict[Side, tuple[RoleName, ...]] = {
    "customer": ("acceptor", "project_manager"),
    "provider": ("project_manager",),
}


def contract_answer(document: ContractDocument, deadlines: ContractDeadlines | None) -> ContractAnswer:
    """A contract in full, with its next deadline whoever owns it."""
    contract = document.contract
    terms = contract.terms
    first = deadlines.in_order()[:1] if deadlines else ()
    signed = contract if isinstance(contract, Signed) else None
    return ContractAnswer(
        contract=contract.contract,
        state=state_name(contract),
        version=document.version,
        number=terms.number,
        name=terms.name,
        catalog_service=terms.catalog_service,
        catalog_revision=terms.catalog_revision,
        customer=terms.customer,
        provider=terms.provider,
        terms_version=terms.version,
        terms_sha256=sha256_to_sign(contract),
        signed_on=terms.signed_on,
        completed_at=contract.completed_at if isinstance(contract, Completed) else None,
        signed_by=tuple(signature.side for signature in contract.signatures),
        roles=tuple(held.holder for held in contract.roles),
        warnings=contract.warnings,
        milestones=tuple(_milestone(contract, term) for term in terms.milestones),
        items=tuple(_item(term, document.items.get(term.item_id, ItemShown())) for term in terms.items),
        currency=terms.currency,
        price_total=terms.price_total,
        price_version=terms.price_version,
        payment_lines=tuple(_line(line, document.requested_lines.get(line.line_id)) for line in terms.payment_lines),
        changes=tuple(_change(name, change) for name, change in signed.changes.items()) if signed else (),
        extensions=tuple(_extension(found) for found in signed.extensions.values()) if signed else (),
        risks=tuple(_risk(signed, name) for name in signed.risks) if signed else (),
        next_deadline=shown(first[0]) if first else None,
    )


def sha256_to_sign(contract: Contract) -> str:
    """What a signature on the terms covers; once both have signed, what they signed."""
    if isinstance(contract, Draft):
        return canonical.sha256(contract.terms)
    return contract.signatures[0].content_sha256


def state_name(contract: Contract) -> StateName:
    """draft, signed or completed."""
    if isinstance(contract, Draft):
        return "draft"
    return "completed" if isinstance(contract, Completed) else "signed"


def summary_answer(document: ContractDocument) -> ContractSummary:
    """A contract in a list."""
    terms = document.contract.terms
    return ContractSummary(
        contract=terms.contract,
        state=state_name(document.contract),
        number=terms.number,
        name=terms.name,
        catalog_service=terms.catalog_service,
        customer=terms.customer,
        provider=terms.provider,
        signed_on=terms.signed_on,
    )


def terms_answer(document: ContractDocument) -> TermsAnswer:
    """The whole terms with the hash to sign."""
    contract = document.contract
    return TermsAnswer(
        terms=contract.terms,
        version=contract.terms.version,
        sha256=sha256_to_sign(contract),
        signatures=contract.signatures,
    )


def timeline_answer(entry: TimelineEntry, names: Names) -> TimelineAnswer:
    """An entry of the timeline in words, with the names of the contract's present terms."""
    event = PUBLIC_LANGUAGE.decode(entry.type, entry.data)
    zh, en = sentence(named(event, names.zh)), sentence(named(event, names.en))
    return TimelineAnswer(
        service=entry.service,
        type=entry.type,
        rule=zh.rule,
        text_zh=zh.zh,
        text_en=en.en,
        item=entry.item,
        effective_at=entry.effective_at,
        recorded_at=entry.recorded_at,
        subject=entry.subject,
        organisation=entry.organisation,
        role=entry.role,
        side=entry.side,
        event_id=entry.event_id,
    )


def shown(running: OpenDeadline) -> DeadlineAnswer:
    """An open deadline of the contract, whoever owns it."""
    return deadline_answer(running.deadline, running.owner, held=running.held)


def closed_answer(closed: ClosedDeadline) -> DeadlineAnswer:
    """A closed one, with its derivation and why it ended."""
    return deadline_answer(closed.deadline, closed.owner, ended=closed.ended)


def due_answers(document: ContractDeadlines, organisation: str, actor: Actor) -> tuple[DueAnswer, ...]:
    """What an organisation has to do under a contract, and whether the caller is one of those who do it."""
    return tuple(
        DueAnswer(
            contract=document.contract,
            contract_name=document.name,
            deadline=shown(running),
            roles=ACTING_ROLES[running.deadline.side],
            mine=any(_acts(holder, running.deadline.side, actor) for holder in document.roles),
        )
        for running in document.due_from(organisation)
    )


def _acts(holder: RoleHolder, side: Side, actor: Actor) -> bool:
    return (
        (holder.issuer, holder.subject) == (actor.issuer, actor.subject)
        and holder.side == side
        and holder.role in ACTING_ROLES[side]
        and holder.held_to is None
    )


def _milestone(contract: Contract, term: MilestoneTerm) -> MilestoneAnswer:
    answer = MilestoneAnswer(
        milestone=term.milestone_id,
        name_zh=term.name_zh,
        name_en=term.name_en,
        offset=term.offset,
        planned_on=term.planned_on,
    )
    if isinstance(contract, Draft):
        return answer
    progress = contract.milestones[term.milestone_id]
    running = open_deadline(contract, MILESTONE, term.milestone_id)
    return replace(
        answer,
        # A recomputed calendar moves the day that the open deadline ends on.
        planned_on=running.derivation.last_day if running else term.planned_on,
        status="met" if progress.met_at else "late" if progress.late else "planned",
        met_at=progress.met_at,
        on_time=progress.on_time,
        delays=progress.delays,
    )


def _item(term: ItemTerm, shown: ItemShown) -> ItemAnswer:
    return ItemAnswer(
        item=term.item_id,
        name_zh=term.name_zh,
        name_en=term.name_en,
        profile=term.profile,
        state=shown.state,
        round=shown.round,
        basis=shown.basis,
        ended_at=shown.ended_at,
        overdue=shown.overdue,
        escalated=shown.escalated,
        change_requested=shown.change_requested,
    )


def _line(line: PaymentLine, requested: LineShown | None) -> LineAnswer:
    return LineAnswer(
        line=line.line_id,
        name_zh=line.name_zh,
        amount=line.amount,
        conditions=line.conditions,
        state="requested" if requested else "open",
        request_id=requested.request_id if requested else "",
        requested_at=requested.requested_at if requested else None,
    )


def _change(name: str, change: Change) -> ChangeAnswer:
    return ChangeAnswer(
        change=name,
        status=change.status,
        form=change.form,
        content_sha256=change.content_sha256,
        content_version=FORM_VERSION,
        supplement_sha256=supplement_sha256(change.form) if change.is_price_change else "",
        requested_by=change.requested_by,
        earliest_effect_on=change.earliest_effect_on,
        earliest=change.earliest,
        latest_form_on=latest_act_on(change.earliest) if change.earliest else None,
        effective_on=change.effective_on,
        provisional=change.provisional,
        feasible_for=change.feasible_for,
        signed_by=tuple(signature.side for signature in change.signatures),
        supplement_signed_by=tuple(signature.side for signature in change.supplement_signatures),
        why_ended=change.why_ended,
    )


def _extension(extension: Extension) -> ExtensionAnswer:
    proposal = extension.proposal
    return ExtensionAnswer(
        extension=proposal.extension,
        cause=proposal.cause,
        cause_side=proposal.cause_side,
        days=proposal.days,
        milestone=proposal.milestone,
        items=proposal.items,
        content_sha256=proposal.content_sha256,
        content_version=EXTENSION_VERSION,
        proposed_by=proposal.signature.side,
        agreed=extension.agreed,
    )


def _risk(contract: Signed, name: str) -> RiskAnswer:
    risk = contract.risks[name]
    unanswered = risk.in_time is None and risk.waiting is None
    return RiskAnswer(
        risk=name,
        description=risk.description,
        proposal=risk.proposal,
        notified_at=risk.notified_at,
        answer_due_at=risk.due_at,
        answer=risk.waiting.answer if risk.waiting else risk.answer,
        in_time=risk.in_time,
        overdue=risk.in_time is False or (unanswered and open_deadline(contract, RISK_ANSWER, name) is None),
        agreed_control=risk.agreed_control,
    )
