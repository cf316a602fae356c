"""Histories in which every private event of contracts occurs; the golden files were taken from them."""

from __future__ import annotations

from services.contracts.domain.changes.commands import AssessChange, AssessmentBody, WithdrawChange
from services.contracts.domain.schedule.commands import DelayBody, ExplainDelay
from services.contracts.domain.state import State
from shared.deadlines.commands import DeadlineElapsed
from shared.messages.events import Event, FeedReceived
from shared.public_events.acceptance import ActConditional
from shared.testing.spec import Spec
from tests.unit.contracts import test_changes as changes
from tests.unit.contracts import test_drafting_and_signing as drafting
from tests.unit.contracts import test_extensions_and_risks as risks
from tests.unit.contracts import test_roles as roles
from tests.unit.contracts.world import (
    C_MANAGER,
    C_STAFF,
    CONTRACT,
    P_MANAGER,
    accepted,
    drafted,
    elapsed,
)


def histories() -> list[Spec[State]]:
    """Contracts that between them lived through everything."""
    return [_revised(), _performed(), _price_change_applied(), _price_change_refused(), _waiting_answer()]


def private_events() -> list[Event]:
    """Every private event of the histories, in order."""
    return [
        recorded.data
        for spec in histories()
        for recorded in spec.history
        if not isinstance(recorded.data, FeedReceived)
    ]


def _revised() -> Spec[State]:
    spec = drafted("alibaba-8").when(drafting.revision(service="alibaba-8", name="新名称"), actor=P_MANAGER).after()
    return spec.when(roles.NEW_ACCEPTOR, actor=C_STAFF).after()


def _performed() -> Spec[State]:
    """Extension, late milestone, risk, roles, a conditional act, a change that was not feasible, completion."""
    spec = risks.proposed()
    spec.when(risks.agreement(spec), actor=C_MANAGER).after()
    spec.when(roles.NEW_ACCEPTOR, actor=C_MANAGER).after()
    spec.when(risks.RISK, actor=P_MANAGER).after().when(risks.answer(), actor=C_MANAGER).after()
    elapsed(spec, "milestone", "m1").after()
    explain = ExplainDelay(milestone="m1", delay=DelayBody(cause="测试环境未开通", cause_side="customer"))
    spec.when(explain, actor=P_MANAGER).after()
    _changes_that_end(spec)
    act = ActConditional(contract=CONTRACT, item="reports", act="accept_item", why="role", received_at=spec.now)
    spec.receive(act, source="acceptance").after()
    question = next(iter(changes.in_force(spec).questions))
    spec.when(DeadlineElapsed(deadline_id=question, due_at=spec.now)).after()
    for item in ("reports", "acceptance-report"):
        spec.receive(accepted(item), source="acceptance").after()
    return spec


def _changes_that_end(spec: Spec[State]) -> None:
    spec.when(changes.change_form(), actor=P_MANAGER).after()
    yes = AssessChange(change="CR1", assessment=AssessmentBody(feasible=True))
    spec.when(yes, actor=P_MANAGER).after()
    no = AssessChange(change="CR1", assessment=AssessmentBody(feasible=False, reason="无资源"))
    spec.when(no, actor=C_MANAGER).after()
    spec.when(changes.change_form(change="CR2"), actor=P_MANAGER).after()
    spec.when(WithdrawChange(change="CR2", reason="不再需要"), actor=P_MANAGER).after()


def _price_change_applied() -> Spec[State]:
    spec = changes.price_change_sent().after()
    return spec.receive(changes.applied_plan(spec), source="acceptance").after()


def _price_change_refused() -> Spec[State]:
    return changes.price_change_sent().after().receive(changes.REFUSED_PLAN, source="acceptance").after()


def _waiting_answer() -> Spec[State]:
    spec = risks.notified(risks.known_until(2025), risks.YEAR_END)
    return spec.at("2026-01-04T02:00:00.000Z").when(risks.answer(), actor=C_MANAGER).after()
