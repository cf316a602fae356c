"""Milestones that move, and those that do not: what is met stays, what is over stays over (R-114, R-211)."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET
from msgspec.structs import replace

from services.contracts.domain.changes.commands import ShiftBody
from services.contracts.domain.changes.events import ContractAmended
from services.contracts.domain.schedule.commands import AgreeExtension, ProposeExtension
from services.contracts.domain.schedule.events import ContractExtended
from services.contracts.domain.schedule.terms import extended_term, shifted_term
from services.contracts.domain.state import State
from shared.deadlines.model import DeadlineMoved, DeadlineSet
from shared.public_events.terms import MilestoneTerm
from shared.testing.spec import Spec
from tests.unit.contracts.world import (
    C_MANAGER,
    C_OWNER,
    P_MANAGER,
    change_form,
    elapsed,
    in_force,
    sign_form,
    signature,
    signed,
    submitted,
)

LATE = "2025-11-20T02:00:00.000Z"


def milestone(spec: Spec[State], name: str) -> MilestoneTerm:
    (term,) = (term for term in in_force(spec).terms.milestones if term.milestone_id == name)
    return term


def test_r_114_a_milestone_whose_new_day_is_over_too_is_not_timed_again() -> None:
    spec = signed("alibaba-8")
    elapsed(spec, "milestone", "m1").after()
    extension = ProposeExtension(extension="E1", cause="环境未开通", cause_side="customer", days=5, milestone="m1")
    spec.at(LATE).when(extension, actor=P_MANAGER).after()
    sha256 = in_force(spec).extensions["E1"].proposal.content_sha256
    spec.when(AgreeExtension(extension="E1", signature=signature(sha256)), actor=C_MANAGER)
    assert spec.event(ContractExtended).milestones[0] == "m1"
    assert not [event for event in spec.decision.events if isinstance(event.data, DeadlineSet)]
    assert in_force(spec.after()).milestones["m1"].late


def test_r_211_a_milestone_that_was_met_before_the_date_of_effect_stays_where_it_was() -> None:
    shift = ShiftBody(milestone="m5", planned_on=date(2025, 12, 1))
    first = ShiftBody(milestone="m2", planned_on=date(2025, 11, 3))
    spec = signed("alibaba-8").when(change_form(milestone_shifts=(first, shift)), actor=P_MANAGER).after()
    spec.when(sign_form(spec), actor=P_MANAGER).after().when(sign_form(spec), actor=C_OWNER).after()
    spec.receive(submitted("survey-report", "reports"), source="acceptance").after()
    before = milestone(spec, "m2")
    elapsed(spec, "change_effect", "CR1")
    moved = [event.data.deadline.subject for event in spec.decision.events if isinstance(event.data, DeadlineMoved)]
    assert moved == ["m5"]
    assert spec.event(ContractAmended).terms.version == 2
    assert milestone(spec.after(), "m2") == before


def test_r_211_a_day_that_a_change_names_is_that_day_whatever_was_extended_before() -> None:
    term = MilestoneTerm(milestone_id="m", name_zh="里程碑", offset="1m")
    extended = extended_term(term, 4)
    assert extended.extended_by == 4
    shifted = shifted_term(extended, date(2025, 11, 3), date(2025, 9, 25))
    assert shifted == replace(term, offset="39d", extended_by=UNSET)
