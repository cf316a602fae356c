"""Stage 3a: `evolve`, the strict fold of a scope's events, own and received, in the order of the log.

Here stands which subject folds which event. An event that cannot follow on the state raises TypeError or KeyError: the
log is then not what this build thinks, and nothing is guessed (R-408).
"""

from __future__ import annotations

from services.contracts.domain.catalogue.evolve import CatalogEvent, catalogue_told
from services.contracts.domain.changes.events import ChangeEvent
from services.contracts.domain.changes.evolve import change_changed, effect_moved
from services.contracts.domain.changes.timers import CHANGE_EFFECT
from services.contracts.domain.deadlines import DeadlineEvent
from services.contracts.domain.drafting.events import ContractDrafted, DraftRevised
from services.contracts.domain.drafting.evolve import drafted, revised
from services.contracts.domain.events import CommunicationWithoutEffect
from services.contracts.domain.periods.events import SettlementEvent
from services.contracts.domain.periods.evolve import deadlines_changed, settlement_changed
from services.contracts.domain.progress.events import ContractCompleted
from services.contracts.domain.progress.evolve import acceptance_told, completed
from services.contracts.domain.risks.events import RiskEvent
from services.contracts.domain.risks.evolve import answer_timed, risk_changed
from services.contracts.domain.risks.timers import RISK_ANSWER
from services.contracts.domain.roles.events import RoleEvent
from services.contracts.domain.roles.evolve import role_changed
from services.contracts.domain.schedule.events import ScheduleEvent
from services.contracts.domain.schedule.evolve import milestone_timed, schedule_changed
from services.contracts.domain.schedule.timers import MILESTONE
from services.contracts.domain.signing.events import ContractSigned, SideSigned
from services.contracts.domain.signing.evolve import contract_signed, side_signed
from services.contracts.domain.state import Contract, Draft, Signed, State
from shared.deadlines.model import DeadlineMoved
from shared.kernel.instants import Instant
from shared.messages.events import Event, FeedReceived, Recorded
from shared.public_events.language import public_event


def evolve(state: State, recorded: Recorded) -> State:
    """Fold one event."""
    event = recorded.data
    if isinstance(event, FeedReceived):
        public = public_event(event)
        if isinstance(public, CatalogEvent):
            return catalogue_told(state, public)
        return acceptance_told(_signed(state), public, event.effective_at)
    if isinstance(event, ContractDrafted):
        return drafted(state, event, recorded.recorded_at)
    contract = _contract(state)
    if isinstance(event, RoleEvent):
        return role_changed(contract, event, recorded.recorded_at)
    if isinstance(event, CommunicationWithoutEffect):
        return contract
    if isinstance(contract, Draft):
        return _negotiated(contract, event, recorded.recorded_at)
    return _performed(contract, event, recorded.effective_at)


def _contract(state: State) -> Contract:
    if not isinstance(state, Draft | Signed):
        raise TypeError(f"{type(state).__name__} is no contract")
    return state


def _signed(state: State) -> Signed:
    if not isinstance(state, Signed):
        raise TypeError(f"{type(state).__name__} is no signed contract")
    return state


def _negotiated(state: Draft, event: Event, recorded_at: Instant) -> Contract:
    match event:
        case DraftRevised():
            return revised(state, event, recorded_at)
        case SideSigned():
            return side_signed(state, event)
        case ContractSigned():
            return contract_signed(state, event)
        case _:
            raise TypeError(f"{event.TOPIC} cannot follow on a draft")


def _performed(state: Signed, event: Event, at: Instant) -> Signed:
    if isinstance(event, DeadlineEvent):
        return _timed(deadlines_changed(state, event), event)
    if isinstance(event, ScheduleEvent):
        return schedule_changed(state, event, at)
    if isinstance(event, RiskEvent):
        return risk_changed(state, event, at)
    if isinstance(event, SettlementEvent):
        return settlement_changed(state, event)
    if isinstance(event, ChangeEvent):
        return change_changed(state, event, at)
    if isinstance(event, ContractCompleted):
        return completed(state, at)
    raise TypeError(f"{event.TOPIC} cannot follow on a signed contract")


def _timed(state: Signed, event: DeadlineEvent) -> Signed:
    """What a deadline is about knows of it too."""
    deadline = event.deadline
    if deadline.kind == MILESTONE:
        return milestone_timed(state, event)
    if deadline.kind == RISK_ANSWER:
        return answer_timed(state, deadline)
    if deadline.kind == CHANGE_EFFECT and isinstance(event, DeadlineMoved):
        return effect_moved(state, deadline)
    return state
