"""Change control: a complete form, both sides' approval, the date of effect, and what then holds (section K, R-444)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.catalog.calendars.shipped import load_shipped
from services.contracts.domain.changes.commands import (
    AssessChange,
    AssessmentBody,
    ShiftBody,
    SignChange,
    SignSupplement,
    WithdrawChange,
)
from services.contracts.domain.changes.errors import (
    ChangeAlreadyDecided,
    ChangeFormIncomplete,
    ChangeUnknown,
    ItemNotAccepted,
    NoSupplementNeeded,
    PriceChangeOpen,
    PriceVersionStale,
)
from services.contracts.domain.changes.events import (
    ChangeApproved,
    ChangeAssessed,
    ChangeFailed,
    ChangeFormSigned,
    ChangeNotFeasible,
    ChangeRequested,
    ChangeTookEffect,
    ChangeWithdrawn,
    ContractAmended,
    RePlanSent,
    SupplementSigned,
)
from services.contracts.domain.changes.terms import supplement_sha256
from services.contracts.domain.errors import (
    ActForOtherSide,
    ContractUnknown,
    IdTaken,
    ItemUnknown,
    NotSigned,
    SignatureOverOtherContent,
)
from services.contracts.domain.pricing.errors import AmountsDoNotAddUp, LineWithoutCondition
from services.contracts.domain.schedule.errors import DateNotPossible, MilestoneNotOpen
from services.contracts.domain.signing.events import ContractSigned
from services.contracts.domain.state import State
from shared.deadlines.model import DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.actors import Actor
from shared.kernel.errors import LedgerError
from shared.kernel.instants import Instant, start_of_day
from shared.periods import first_day_allowed, latest_act
from shared.public_events.acceptance import RePlanApplied, RePlanRefused
from shared.public_events.invoicing import InvoiceRequested
from shared.testing.spec import Spec
from tests.unit.contracts.world import (
    C_ACCEPTOR,
    C_MANAGER,
    C_OWNER,
    C_SIGNATORY,
    CONTRACT,
    CUSTOMER,
    P_MANAGER,
    P_OWNER,
    P_SIGNATORY,
    P_STAFF,
    STRANGER,
    accepted,
    change_form,
    drafted,
    elapsed,
    in_force,
    line,
    person,
    re_plan,
    sign_form,
    signature,
    signed,
)

MONDAY: Instant = "2025-10-13T02:00:00.000Z"
SHIFT = (ShiftBody(milestone="m5", planned_on=date(2025, 11, 1)),)
ONE_LINE = (line("all", "110000.00", ("item_accepted", "acceptance-report")),)


def requested(**changes: Any) -> Spec[State]:
    """Alibaba 8 in force, with a form submitted on Monday 13 October."""
    return signed("alibaba-8").at(MONDAY).when(change_form(**changes), actor=P_MANAGER).after()


def approved(**changes: Any) -> Spec[State]:
    """The same, signed by both sides on that Monday."""
    spec = requested(**changes)
    spec.when(sign_form(spec), actor=P_MANAGER).after()
    return spec.when(sign_form(spec), actor=C_OWNER)


def price_form(**changes: Any) -> dict[str, Any]:
    return {"re_plan": re_plan("110000.00", *ONE_LINE), "cost_impact": "增加10000元", **changes}


def sign_supplement(spec: Spec[State]) -> SignSupplement:
    sha256 = supplement_sha256(in_force(spec).changes["CR1"].form)
    return SignSupplement(change="CR1", signature=signature(sha256))


def price_change_sent() -> Spec[State]:
    """A price change that both sides signed with its supplement, on the date of its effect."""
    spec = approved(**price_form(milestone_shifts=SHIFT)).after()
    for actor in (P_SIGNATORY, C_SIGNATORY):
        spec.when(sign_supplement(spec), actor=actor).after()
    return elapsed(spec, "change_effect", "CR1")


def applied_plan(spec: Spec[State]) -> RePlanApplied:
    """The settlement applies the re-plan that it was sent."""
    plan = in_force(spec).changes["CR1"].form.re_plan
    if plan is None:
        raise AssertionError("no price change")
    return RePlanApplied(
        contract=CONTRACT,
        change="CR1",
        price_version=2,
        price_total=plan.price_total,
        payment_lines=plan.payment_lines,
    )


REFUSED_PLAN = RePlanRefused(
    contract=CONTRACT, change="CR1", price_version=1, rule="R-444", reason="a requested line was changed"
)


def test_a_complete_form_is_submitted_and_says_what_to_sign() -> None:
    spec = signed("alibaba-8").at(MONDAY).when(change_form(), actor=P_OWNER).then_types(ChangeRequested)
    event = spec.event(ChangeRequested)
    assert event.form.project_number == "HT-2025-001"
    assert spec.decision.outcome.data["content_sha256"] == event.content_sha256


@pytest.mark.parametrize(
    "field",
    ["form_number", "drafted_on", "drafted_by", "reason_code", "reason", "description", "planned_effect_on"],
)
def test_r_201_an_incomplete_form_is_not_submitted(field: str) -> None:
    empty = None if field in ("drafted_on", "reason_code", "planned_effect_on") else ""
    form = change_form(**{field: empty})
    signed("alibaba-8").when(form, actor=P_MANAGER).refuses(ChangeFormIncomplete, f"/{field}")


def test_r_204_a_price_change_states_its_amount() -> None:
    form = change_form(re_plan=re_plan("110000.00", *ONE_LINE))
    signed("alibaba-8").when(form, actor=P_MANAGER).refuses(ChangeFormIncomplete, "/cost_impact")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"milestone_shifts": (ShiftBody(milestone="m9", planned_on=date(2025, 11, 1)),)}, MilestoneNotOpen),
        ({"milestone_shifts": (ShiftBody(milestone="m5", planned_on=date(2025, 9, 1)),)}, DateNotPossible),
        ({"accepted_item": "nothing"}, ItemUnknown),
        ({"accepted_item": "reports"}, ItemNotAccepted),
        (price_form(re_plan=re_plan("110000.00", *ONE_LINE, version=2)), PriceVersionStale),
        (price_form(re_plan=re_plan("120000.00", *ONE_LINE)), AmountsDoNotAddUp),
        (price_form(re_plan=re_plan("110000.00", line("all", "110000.00"))), LineWithoutCondition),
    ],
)
def test_a_form_that_does_not_fit_the_contract_is_refused(changes: dict[str, Any], error: type[LedgerError]) -> None:
    signed("alibaba-8").when(change_form(**changes), actor=P_MANAGER).refuses(error)


def test_r_205_accepted_content_is_changed_by_a_change_form() -> None:
    spec = signed("alibaba-8").at(MONDAY).receive(accepted("reports"), source="acceptance").after()
    spec.when(change_form(accepted_item="reports", reason_code="accepted_content"), actor=C_OWNER)
    spec.then_types(ChangeRequested)


def test_a_form_repeated_changes_nothing_and_its_id_is_taken() -> None:
    spec = requested()
    spec.when(change_form(), actor=P_MANAGER).then_nothing()
    spec.when(change_form(reason="另一原因"), actor=P_MANAGER).refuses(IdTaken, "/change")


def test_a_draft_has_no_change_control() -> None:
    drafted("alibaba-8").when(change_form(), actor=P_MANAGER).refuses(NotSigned)


@pytest.mark.parametrize("actor", [P_STAFF, C_ACCEPTOR])
def test_r_426_a_form_by_somebody_without_power_is_recorded_without_effect(actor: Actor) -> None:
    signed("alibaba-8").when(change_form(), actor=actor).without_effect("R-426")


def test_r_426_a_form_by_a_stranger_is_refused() -> None:
    signed("alibaba-8").when(change_form(), actor=STRANGER).refuses(ContractUnknown)


def test_r_200_the_earliest_effect_leaves_five_working_days() -> None:
    """Submitted on Monday the 13th: the fifth working day back from Monday the 20th is the 13th."""
    change = in_force(requested()).changes["CR1"]
    assert change.earliest_effect_on == date(2025, 10, 20)


@given(st.dates(min_value=date(2024, 1, 2), max_value=date(2026, 11, 1)))
def test_r_200_property_the_earliest_effect_is_the_first_working_day_that_the_notice_allows(day: date) -> None:
    calendar = load_shipped()
    earliest = first_day_allowed(day, "-5wd", calendar)
    assert calendar.is_working(earliest)
    assert latest_act(earliest, "-5wd", calendar) >= day
    earlier = [
        date.fromordinal(ordinal)
        for ordinal in range(day.toordinal() + 1, earliest.toordinal())
        if calendar.is_working(date.fromordinal(ordinal))
    ]
    assert all(latest_act(candidate, "-5wd", calendar) < day for candidate in earlier)


def test_r_202_a_change_that_one_side_finds_not_feasible_ends() -> None:
    spec = requested()
    no = AssessChange(change="CR1", assessment=AssessmentBody(feasible=False, reason="无资源"))
    spec.when(no, actor=C_MANAGER).then_types(ChangeNotFeasible).after()
    spec.when(no, actor=P_MANAGER).then_nothing()
    spec.when(sign_form(spec), actor=P_MANAGER).refuses(ChangeAlreadyDecided)


def test_r_202_an_assessment_is_recorded_once_a_side() -> None:
    spec = requested()
    yes = AssessChange(change="CR1", assessment=AssessmentBody(feasible=True))
    spec.when(yes, actor=C_MANAGER).then_types(ChangeAssessed).after()
    spec.when(yes, actor=C_OWNER).then_nothing()
    spec.when(yes, actor=P_MANAGER).then_types(ChangeAssessed)
    spec.when(yes, actor=P_STAFF).without_effect("R-426")


def test_r_203_one_signature_approves_nothing() -> None:
    spec = requested()
    spec.when(sign_form(spec), actor=P_MANAGER).then_types(ChangeFormSigned).after()
    spec.when(sign_form(spec), actor=P_OWNER).then_nothing()
    assert in_force(spec).changes["CR1"].status == "requested"


def test_r_203_both_sides_approve_and_the_date_of_effect_is_set() -> None:
    spec = approved().then_types(ChangeFormSigned, ChangeApproved, DeadlineSet)
    assert spec.event(ChangeApproved).effective_on == date(2025, 10, 20)
    deadline = spec.event(DeadlineSet).deadline
    assert deadline.derivation.due_at == start_of_day(date(2025, 10, 20))
    assert not deadline.legal_effect


def test_r_203_a_signature_of_another_role_is_without_effect() -> None:
    spec = requested()
    spec.when(sign_form(spec), actor=C_ACCEPTOR).without_effect("R-426")


def test_r_425_a_signature_over_another_form_is_refused() -> None:
    spec = requested()
    wrong = SignChange(change="CR1", signature=signature("0" * 64))
    spec.when(wrong, actor=P_MANAGER).refuses(SignatureOverOtherContent, "/content_sha256")


def test_an_unknown_change_is_not_found() -> None:
    wrong = SignChange(change="CR9", signature=signature("0" * 64))
    signed("alibaba-8").when(wrong, actor=P_MANAGER).refuses(ChangeUnknown)


def test_r_204_the_latest_of_signatures_plan_and_notice_decides() -> None:
    late = approved(planned_effect_on=date(2025, 11, 3))
    assert late.event(ChangeApproved).effective_on == date(2025, 11, 3)
    early = approved(planned_effect_on=date(2025, 10, 14))
    assert early.event(ChangeApproved).effective_on == date(2025, 10, 20)
    spec = requested(planned_effect_on=date(2025, 10, 14))
    spec.when(sign_form(spec), actor=P_MANAGER).after()
    spec.at("2025-10-29T02:00:00.000Z").when(sign_form(spec), actor=C_OWNER)
    assert spec.event(ChangeApproved).effective_on == date(2025, 10, 29)


def test_r_204_both_sides_can_waive_the_notice_in_the_form() -> None:
    spec = approved(planned_effect_on=date(2025, 10, 14), notice_waived=True)
    assert spec.event(ChangeApproved).effective_on == date(2025, 10, 14)


def test_r_204_a_change_whose_date_has_come_takes_effect_with_the_last_signature() -> None:
    spec = approved(planned_effect_on=date(2025, 10, 10), notice_waived=True)
    spec.then_types(ChangeFormSigned, ChangeApproved, ContractAmended, ChangeTookEffect)
    assert spec.decision.events[-1].effective_at == MONDAY


def test_r_211_milestones_shift_on_the_date_of_effect_and_the_rest_of_the_terms_stays() -> None:
    spec = approved(milestone_shifts=SHIFT).after()
    elapsed(spec, "change_effect", "CR1").then_types(DeadlineMet, ContractAmended, DeadlineMoved, ChangeTookEffect)
    assert spec.event(DeadlineMoved).reason == "change_in_effect"
    assert {event.effective_at for event in spec.decision.events} == {start_of_day(date(2025, 10, 20))}
    terms = spec.event(ContractAmended).terms
    # 1 November is a Saturday: the nominal day moves, the rest day rolls on. What was signed stays on record.
    assert (terms.milestones[-1].milestone_id, terms.milestones[-1].planned_on) == ("m5", date(2025, 11, 3))
    (first,) = (event.data.terms for event in spec.history if isinstance(event.data, ContractSigned))
    assert replace(terms, version=1, milestones=(*terms.milestones[:-1], first.milestones[-1])) == first


def test_a_change_takes_effect_once() -> None:
    spec = approved().after()
    elapsed(spec, "change_effect", "CR1").after()
    assert in_force(spec).changes["CR1"].status == "in_effect"
    assert not any(deadline.kind == "change_effect" for deadline in in_force(spec).deadlines.values())


def test_r_204_a_price_change_needs_the_supplement_of_both() -> None:
    spec = approved(**price_form()).then_types(ChangeFormSigned).after()
    spec.when(sign_supplement(spec), actor=P_SIGNATORY).then_types(SupplementSigned).after()
    spec.when(sign_supplement(spec), actor=P_SIGNATORY).then_nothing()
    spec.when(sign_supplement(spec), actor=C_OWNER).without_effect("R-426")
    spec.when(sign_supplement(spec), actor=person(C_SIGNATORY.subject, CUSTOMER)).without_effect("R-426")
    wrong = SignSupplement(change="CR1", signature=signature("0" * 64))
    spec.when(wrong, actor=C_SIGNATORY).refuses(SignatureOverOtherContent)
    spec.when(sign_supplement(spec), actor=C_SIGNATORY).then_types(SupplementSigned, ChangeApproved, DeadlineSet)


def test_r_204_only_a_price_change_has_a_supplement() -> None:
    spec = requested()
    spec.when(SignSupplement(change="CR1", signature=signature("0" * 64)), actor=P_SIGNATORY)
    spec.refuses(NoSupplementNeeded)


def test_r_444_on_its_date_a_price_change_goes_to_the_settlement_and_nothing_of_it_holds_yet() -> None:
    spec = price_change_sent().then_types(DeadlineMet, RePlanSent).after()
    assert in_force(spec).terms.version == 1
    assert in_force(spec).changes["CR1"].status == "sent"


def test_r_444_once_applied_the_whole_change_holds_since_its_date() -> None:
    spec = price_change_sent().after().at("2025-10-21T02:00:00.000Z")
    applied = applied_plan(spec)
    spec.receive(applied, source="acceptance").then_types(ContractAmended, DeadlineMoved, ChangeTookEffect)
    assert {event.effective_at for event in spec.decision.events} == {start_of_day(date(2025, 10, 20))}
    spec.after()
    terms = in_force(spec).terms
    assert (terms.version, terms.price_version, str(terms.price_total)) == (2, 2, "110000.00")
    spec.receive(applied, source="acceptance").then_nothing()


def test_r_444_refused_by_the_settlement_no_part_of_the_change_holds() -> None:
    spec = price_change_sent().after()
    spec.receive(REFUSED_PLAN, source="acceptance").then_types(ChangeFailed).after()
    assert in_force(spec).terms.version == 1
    assert in_force(spec).changes["CR1"].status == "failed"
    spec.when(change_form(**price_form(change="CR2")), actor=P_MANAGER).then_types(ChangeRequested)


def test_r_444_at_most_one_price_change_is_open() -> None:
    spec = requested(**price_form())
    second = change_form(**price_form(change="CR2"))
    spec.when(second, actor=P_MANAGER).refuses(PriceChangeOpen)
    spec.when(WithdrawChange(change="CR1"), actor=P_MANAGER).after()
    spec.when(second, actor=P_MANAGER).then_types(ChangeRequested)


def test_a_form_is_withdrawn_by_the_side_that_asked_while_it_is_undecided() -> None:
    spec = requested()
    withdraw = WithdrawChange(change="CR1", reason="不再需要")
    spec.when(withdraw, actor=C_MANAGER).refuses(ActForOtherSide)
    spec.when(withdraw, actor=P_STAFF).without_effect("R-426")
    spec.when(withdraw, actor=P_OWNER).then_types(ChangeWithdrawn).after()
    spec.when(withdraw, actor=P_OWNER).then_nothing()
    approved().after().when(withdraw, actor=P_OWNER).refuses(ChangeAlreadyDecided)


def test_an_invoice_request_changes_nothing_that_contracts_decides() -> None:
    spec = signed("alibaba-8")
    terms = in_force(spec).terms
    request = InvoiceRequested(
        request_id="r",
        contract=CONTRACT,
        contract_number=terms.number,
        contract_name=terms.name,
        line="all",
        line_name_zh="all",
        generation=1,
        price_version=1,
        amount=terms.price_total,
        net=terms.price_total,
        tax=terms.price_total - terms.price_total,
        tax_rate=terms.tax_rate,
        currency="CNY",
        amount_in_words_zh="壹拾万元整",
        seller=terms.provider,
        buyer=terms.customer,
        basis=("R-222",),
        items=(),
    )
    before = spec.state
    spec.receive(request, source="acceptance").then_nothing()
    assert replace(in_force(spec)) == before
