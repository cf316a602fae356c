"""Extensions (R-114) and the causes of lateness (T-35): milestones move by days that both sides agree on."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.authority import MANAGERS, Act, act_in_role, check_covers
from services.contracts.domain.base import SignatureBody
from services.contracts.domain.computable import check_extension
from services.contracts.domain.deadlines import Cause
from services.contracts.domain.errors import IdTaken, ItemUnknown
from services.contracts.domain.facts import calendar_of
from services.contracts.domain.schedule.commands import AgreeExtension, ExplainDelay, ProposeExtension
from services.contracts.domain.schedule.consequences import moved
from services.contracts.domain.schedule.errors import (
    ExtensionUnknown,
    MilestoneNotLate,
    MilestoneNotOpen,
    NothingExtended,
)
from services.contracts.domain.schedule.events import ContractExtended, DelayExplained, ExtensionProposed
from services.contracts.domain.schedule.state import Delay, Extension
from services.contracts.domain.schedule.terms import EXTENSION_VERSION, extended_term, open_milestones
from services.contracts.domain.schedule.timers import check_due
from services.contracts.domain.state import Signed
from services.contracts.domain.streams import contract_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.kernel.errors import told
from shared.kernel.ids import event_id
from shared.messages import canonical
from shared.messages.events import NewEvent
from shared.public_events.terms import MilestoneTerm


def propose_extension(state: Signed, body: ProposeExtension, context: Context, facts: Facts) -> Decision:
    """A project manager proposes; the proposal is signed by proposing it, and can be carried out."""
    act = act_in_role(state, context, MANAGERS)
    sha256 = canonical.sha256({"contract": state.contract, "extension": body})
    known = state.extensions.get(body.extension)
    if known is not None:
        if known.proposal.content_sha256 == sha256:
            return UNCHANGED
        raise IdTaken(body.extension, field="/extension")
    _check_extent(state, body)
    _check_countable(state, body, facts)
    signature = act.signs(SignatureBody(content_sha256=sha256, content_version=EXTENSION_VERSION))
    proposed = ExtensionProposed(
        extension=body.extension,
        cause=body.cause,
        cause_side=body.cause_side,
        days=body.days,
        milestone=body.milestone,
        items=body.items,
        content_sha256=sha256,
        signature=signature,
    )
    return Decision(
        events=(act.proposes(contract_stream(state.contract), proposed),),
        outcome=Outcome(
            data={"extension": body.extension, "content_sha256": sha256, "content_version": EXTENSION_VERSION}
        ),
    )


def _check_extent(state: Signed, body: ProposeExtension) -> None:
    if not body.milestone and not body.items:
        raise NothingExtended(field="/milestone")
    still_open = {term.milestone_id for term in open_milestones(state)}
    if body.milestone and body.milestone not in still_open:
        raise MilestoneNotOpen(body.milestone, field="/milestone", known=told(still_open))
    for index, item in enumerate(body.items):
        if item not in state.items:
            raise ItemUnknown(item, field=f"/items/{index}", known=told(state.items))


def _check_countable(state: Signed, asked: ProposeExtension | ExtensionProposed, facts: Facts) -> None:
    """What moves is counted with the days: the milestones here, the periods of the items where they run."""
    calendar = calendar_of(facts, state.terms.calendar)
    for term in _extended_terms(state, asked.milestone, asked.days).values():
        check_due(state.terms, state.signed_on, term, calendar, "/days")
    check_extension(state, asked.extension, asked.days, asked.items, calendar)


def agree_extension(state: Signed, body: AgreeExtension, context: Context, facts: Facts) -> Decision:
    """The other side's project manager agrees: the milestone and those after it move by the same days."""
    act = act_in_role(state, context, MANAGERS)
    extension = state.extensions.get(body.extension)
    if extension is None:
        raise ExtensionUnknown(body.extension, known=told(state.extensions))
    if extension.agreed or extension.proposal.signature.side == act.side:
        return UNCHANGED
    check_covers(body.signature, extension.proposal.content_sha256, EXTENSION_VERSION)
    # Another extension may have been agreed on since this one was proposed.
    _check_countable(state, extension.proposal, facts)
    return Decision(events=_extended(state, act, extension, body.signature, facts))


def _extended(
    state: Signed, act: Act, extension: Extension, signature: SignatureBody, facts: Facts
) -> tuple[NewEvent, ...]:
    proposal = extension.proposal
    later = _extended_terms(state, proposal.milestone, proposal.days)
    cause = Cause(
        tenant=act.context.tenant,
        at=act.received_at,
        trigger_event=event_id(act.context.command_id, 0),
        reason="extended",
    )
    calendar = calendar_of(facts, state.terms.calendar)
    milestones, timed = moved(state, later, calendar, cause, extended_by=proposal.days)
    extended = ContractExtended(
        contract=state.contract,
        extension=proposal.extension,
        cause=proposal.cause,
        cause_side=proposal.cause_side,
        days=proposal.days,
        milestones=tuple(later),
        items=proposal.items,
        agreed_by=(proposal.signature, act.signs(signature)),
        terms=replace(state.terms, version=state.terms.version + 1, milestones=milestones),
    )
    stream = contract_stream(state.contract)
    return tuple(act.proposes(stream, event) for event in (extended, *timed))


def _extended_terms(state: Signed, milestone: str, days: int) -> dict[str, MilestoneTerm]:
    """A milestone and the open ones after it, `days` later; none when only items are extended."""
    order = [term.milestone_id for term in state.terms.milestones]
    if not milestone:
        return {}
    first = order.index(milestone)
    return {
        term.milestone_id: extended_term(term, days)
        for term in open_milestones(state)
        if order.index(term.milestone_id) >= first
    }


def explain_delay(state: Signed, body: ExplainDelay, context: Context) -> Decision:
    """Either side states the cause of a late milestone; both statements stand beside each other."""
    act = act_in_role(state, context, MANAGERS)
    progress = state.milestones.get(body.milestone)
    if progress is None or not (progress.late or progress.on_time is False):
        raise MilestoneNotLate(body.milestone, field="milestone")
    stated = Delay(cause=body.delay.cause, cause_side=body.delay.cause_side, stated_by=act.side)
    if stated in progress.delays:
        return UNCHANGED
    explained = DelayExplained(
        milestone=body.milestone, cause=stated.cause, cause_side=stated.cause_side, stated_by=act.side
    )
    return Decision(events=(act.proposes(contract_stream(state.contract), explained),))
