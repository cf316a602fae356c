"""Stage 3a: `evolve`, the strict fold of a scope's events, own and received, in the order of the log.

An event that cannot follow on the state raises TypeError or KeyError: the log is then not what this build thinks, and
nothing is guessed (R-408).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, assert_never

from msgspec.structs import asdict, replace

from services.contracts.domain import events as e
from services.contracts.domain.state import (
    Absent,
    CalendarKnown,
    Change,
    Completed,
    Contract,
    Delay,
    Draft,
    Extension,
    ItemProgress,
    MilestoneProgress,
    Question,
    Revision,
    Risk,
    ServiceRevisions,
    Signed,
    State,
)
from shared.deadlines.model import DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.instants import Instant, beijing_date
from shared.messages.events import Event, FeedReceived, Recorded
from shared.public_events.acceptance import (
    Accepted,
    Closed,
    DeliverableSubmitted,
    ReviewStarted,
    Voided,
)
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import (
    CalendarYearAmended,
    CalendarYearPublished,
    ServicePublished,
    ServiceRetired,
)
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import public_event
from shared.public_events.roles import HeldRole, ended_by
from shared.public_events.terms import RoleHolder

Value = TypeVar("Value")

CatalogEvent = ServicePublished | ServiceRetired | CalendarYearPublished | CalendarYearAmended


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one event."""
    event = recorded.data
    if isinstance(event, FeedReceived):
        public = public_event(event)
        if isinstance(public, CatalogEvent):
            return _catalogue(state, public)
        return _received(_signed(state), public, event.effective_at)
    if isinstance(event, e.ContractDrafted):
        return _drafted(state, event, recorded.recorded_at)
    if isinstance(event, e.RoleAppointed | e.RoleRevoked):
        return _role_changed(_contract(state), event, recorded.recorded_at)
    if isinstance(state, Draft):
        return _negotiated(state, event, recorded.recorded_at)
    return _performed(_signed(state), event, recorded)


def _contract(state: State) -> Contract:
    if not isinstance(state, Draft | Signed):
        raise TypeError(f"{type(state).__name__} is no contract")
    return state


def _signed(state: State) -> Signed:
    if not isinstance(state, Signed):
        raise TypeError(f"{type(state).__name__} is no signed contract")
    return state


def _with(mapping: Mapping[str, Value], key: str, value: Value) -> Mapping[str, Value]:
    return {**mapping, key: value}


def _without(mapping: Mapping[str, Value], key: str) -> Mapping[str, Value]:
    mapping[key]
    return {known: value for known, value in mapping.items() if known != key}


def _catalogue(state: State, event: CatalogEvent) -> State:
    if isinstance(event, CalendarYearPublished | CalendarYearAmended):
        if not isinstance(state, Absent | CalendarKnown):
            raise TypeError(f"{type(state).__name__} is no calendar")
        known = state.calendar if isinstance(state, CalendarKnown) else None
        return CalendarKnown(calendar=fold_calendar(known, event))
    if not isinstance(state, Absent | ServiceRevisions):
        raise TypeError(f"{type(state).__name__} is no catalogue service")
    service = state if isinstance(state, ServiceRevisions) else ServiceRevisions(revisions={})
    if isinstance(event, ServiceRetired):
        return replace(service, retired=True)
    revision = Revision(content_sha256=event.content_sha256, document=bytes(event.document))
    return ServiceRevisions(revisions={**service.revisions, event.revision: revision})


def _drafted(state: State, event: e.ContractDrafted, recorded_at: Instant) -> Draft:
    if not isinstance(state, Absent):
        raise TypeError("a contract is drafted once")
    return Draft(
        contract=event.contract,
        terms=event.terms,
        roles=_held(event.roles, recorded_at),
        warnings=event.warnings,
        asked_sha256=event.asked_sha256,
    )


def _held(holders: tuple[RoleHolder, ...], recorded_at: Instant) -> tuple[HeldRole, ...]:
    return tuple(HeldRole(holder=holder, recorded_at=recorded_at) for holder in holders)


def _negotiated(state: Draft, event: Event, recorded_at: Instant) -> Contract:
    match event:
        case e.DraftRevised():
            return replace(
                state,
                terms=event.terms,
                roles=_held(event.roles, recorded_at),
                warnings=event.warnings,
                asked_sha256=event.asked_sha256,
                signatures=(),
            )
        case e.SideSigned():
            return replace(state, signatures=(*state.signatures, event.signature))
        case e.CommunicationWithoutEffect():
            return state
        case e.ContractSigned():
            return Signed(
                contract=state.contract,
                terms=event.terms,
                roles=state.roles,
                signatures=event.signatures,
                warnings=state.warnings,
                asked_sha256=state.asked_sha256,
                milestones={term.milestone_id: MilestoneProgress() for term in event.terms.milestones},
                items={term.item_id: ItemProgress() for term in event.terms.items},
            )
        case _:
            raise TypeError(f"{event.TOPIC} cannot follow on a draft")


def _role_changed(state: Contract, event: e.RoleAppointed | e.RoleRevoked, recorded_at: Instant) -> Contract:
    if isinstance(event, e.RoleAppointed):
        return replace(state, roles=(*state.roles, HeldRole(holder=event.holder, recorded_at=recorded_at)))
    roles = (replace(held, holder=ended_by(held.holder, event.holder, recorded_at)) for held in state.roles)
    return replace(state, roles=tuple(roles))


def _performed(state: Signed, event: Event, recorded: Recorded) -> Signed:
    match event:
        case DeadlineSet() | DeadlineMoved() | DeadlineMet() | DeadlineLapsed():
            return _deadline(state, event)
        case e.ContractExtended():
            extension = replace(state.extensions[event.extension], agreed=True)
            extensions = _with(state.extensions, event.extension, extension)
            return replace(state, terms=event.terms, extensions=extensions)
        case e.ExtensionProposed():
            extension = Extension(proposal=event)
            return replace(state, extensions=_with(state.extensions, event.extension, extension))
        case e.MilestoneReached():
            met = replace(
                state.milestones[event.milestone], met_at=recorded.effective_at, on_time=event.on_time, late=False
            )
            return replace(state, milestones=_with(state.milestones, event.milestone, met))
        case e.DelayExplained():
            known = state.milestones[event.milestone]
            delay = Delay(cause=event.cause, cause_side=event.cause_side, stated_by=event.stated_by)
            explained = replace(known, delays=(*known.delays, delay))
            return replace(state, milestones=_with(state.milestones, event.milestone, explained))
        case e.ContractCompleted():
            return Completed(**asdict(state), completed_at=recorded.effective_at)
        case e.SettlementAsked():
            question = Question(through=event.through, asked_by=event.asked_by)
            return replace(state, questions=_with(state.questions, event.question, question))
        case e.SettledThrough():
            if not event.question:
                return state
            return replace(state, questions=_without(state.questions, event.question))
        case e.CommunicationWithoutEffect():
            return state
        case e.RiskNotified() | e.RiskAnswered() | e.RiskAnswerConditional():
            return _risk(state, event, recorded.effective_at)
        case _:
            return _changed(state, event, recorded)


DeadlineEvent = DeadlineSet | DeadlineMoved | DeadlineMet | DeadlineLapsed


def _deadline(state: Signed, event: DeadlineEvent) -> Signed:
    deadline = event.deadline
    if isinstance(event, DeadlineSet):
        deadlines = _with(state.deadlines, deadline.deadline_id, deadline)
    else:
        deadlines = _without(state.deadlines, deadline.deadline_id)
        if isinstance(event, DeadlineMoved):
            deadlines = _with(deadlines, deadline.deadline_id, deadline)
    state = replace(state, deadlines=deadlines)
    if deadline.kind == "milestone":
        return _milestone_timed(state, deadline.subject, event)
    if deadline.kind == "risk_answer":
        timed = replace(state.risks[deadline.subject], due_at=deadline.derivation.due_at)
        return replace(state, risks=_with(state.risks, deadline.subject, timed))
    if deadline.kind == "change_effect" and isinstance(event, DeadlineMoved):
        derivation = deadline.derivation
        effective_on = beijing_date(derivation.due_at)
        moved = replace(state.changes[deadline.subject], effective_on=effective_on, provisional=derivation.provisional)
        return replace(state, changes=_with(state.changes, deadline.subject, moved))
    return state


def _milestone_timed(state: Signed, milestone: str, event: DeadlineEvent) -> Signed:
    progress = replace(state.milestones[milestone], due_at=event.deadline.derivation.due_at)
    if isinstance(event, DeadlineSet):
        progress = replace(progress, generation=event.deadline.generation, late=False)
    elif isinstance(event, DeadlineLapsed):
        progress = replace(progress, late=True)
    return replace(state, milestones=_with(state.milestones, milestone, progress))


def _risk(state: Signed, event: e.RiskNotified | e.RiskAnswered | e.RiskAnswerConditional, at: Instant) -> Signed:
    match event:
        case e.RiskNotified():
            risk = Risk(description=event.description, proposal=event.proposal, notified_at=at)
        case e.RiskAnswerConditional():
            risk = replace(state.risks[event.risk], waiting=event)
        case e.RiskAnswered():
            risk = replace(
                state.risks[event.risk],
                answer=event.answer,
                in_time=event.in_time,
                agreed_control=event.agreed_control,
                waiting=None,
            )
        case _ as never:
            assert_never(never)
    return replace(state, risks=_with(state.risks, event.risk, risk))


def _changed(state: Signed, event: Event, recorded: Recorded) -> Signed:
    """Fold an event of a change form; anything else cannot follow."""
    if isinstance(event, e.ChangeRequested):
        form = Change(
            form=event.form,
            content_sha256=event.content_sha256,
            earliest_effect_on=event.earliest_effect_on,
            earliest=event.earliest,
            requested_by=event.requested_by,
        )
        return replace(state, changes=_with(state.changes, event.form.change, form))
    if isinstance(event, e.ContractAmended):
        state.changes[event.change]
        return replace(state, terms=event.terms)
    if not isinstance(event, ChangeStep):
        raise TypeError(f"{event.TOPIC} cannot follow on a signed contract")
    change = _next(state.changes[event.change], event, recorded.effective_at)
    return replace(state, changes=_with(state.changes, event.change, change))


ChangeStep = (
    e.ChangeAssessed
    | e.ChangeFormSigned
    | e.SupplementSigned
    | e.ChangeApproved
    | e.ChangeNotFeasible
    | e.ChangeWithdrawn
    | e.RePlanSent
    | e.ChangeTookEffect
    | e.ChangeFailed
)


def _next(change: Change, event: ChangeStep, at: Instant) -> Change:
    match event:
        case e.ChangeAssessed():
            return replace(change, feasible_for=(*change.feasible_for, event.side))
        case e.ChangeFormSigned():
            return replace(change, signatures=(*change.signatures, event.signature))
        case e.SupplementSigned():
            return replace(change, supplement_signatures=(*change.supplement_signatures, event.signature))
        case e.ChangeApproved():
            return replace(
                change,
                status="approved",
                effective_on=event.effective_on,
                approved_at=at,
                provisional=event.provisional,
            )
        case e.ChangeNotFeasible():
            return replace(change, status="not_feasible", why_ended=event.reason)
        case e.ChangeWithdrawn():
            return replace(change, status="withdrawn", why_ended=event.reason)
        case e.RePlanSent():
            return replace(change, status="sent")
        case e.ChangeTookEffect():
            return replace(change, status="in_effect")
        case e.ChangeFailed():
            return replace(change, status="failed", why_ended=event.reason)
        case _ as never:
            assert_never(never)


def _received(state: Signed, event: PublicEvent, at: Instant) -> Signed:
    """Fold what acceptance said; the rest of the published language changes nothing that contracts decides."""
    match event:
        case DeliverableSubmitted():
            first = state.submitted.get(event.submission.deliverable, at)
            return replace(state, submitted=_with(state.submitted, event.submission.deliverable, first))
        case ReviewStarted(round=1):
            return _item(state, event.item, submitted_at=at)
        case Accepted():
            return _item(state, event.item, ended_at=at, accepted=True)
        case Closed():
            return _item(state, event.item, ended_at=at)
        case Voided():
            reopened = _item(state, event.item, ended_at=None, accepted=False)
            return _reopened(reopened) if isinstance(reopened, Completed) else reopened
        case _:
            return state


def _item(state: Signed, item: str, **progress: object) -> Signed:
    return replace(state, items=_with(state.items, item, replace(state.items[item], **progress)))


def _reopened(state: Completed) -> Signed:
    """A joint correction took an acceptance back, so the contract is no longer complete (R-443)."""
    fields = asdict(state)
    del fields["completed_at"]
    return Signed(**fields)
