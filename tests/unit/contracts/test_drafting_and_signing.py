"""Draft, revision, signature: from a catalogue revision to terms that hold."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from services.contracts.domain.catalogue.errors import CalendarNotArrived, ServiceNotArrived
from services.contracts.domain.drafting.commands import ReviseDraft
from services.contracts.domain.drafting.errors import (
    ConditionUnknown,
    ParameterNotOpen,
    PartiesFixed,
    PartiesNotDistinct,
)
from services.contracts.domain.drafting.events import ContractDrafted, DraftRevised
from services.contracts.domain.errors import (
    ActForOtherSide,
    ContractUnknown,
    IdTaken,
    NotADraft,
    NotAParty,
    SignatureOverOtherContent,
)
from services.contracts.domain.roles.commands import AppointRole, RoleBody
from services.contracts.domain.roles.errors import PersonOfBothSides, RoleHeldByOne, RoleMissing, RoleNotOfSide
from services.contracts.domain.roles.events import RoleAppointed
from services.contracts.domain.selection.errors import EditionUnknown
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.signing.events import ContractSigned, SideSigned
from services.contracts.domain.state import Draft, Signed
from shared.deadlines.model import DeadlineSet
from shared.kernel.actors import Actor
from shared.kernel.errors import LedgerError
from shared.messages import canonical
from shared.periods import PeriodError
from tests.unit.contracts.world import (
    C_ACCEPTOR,
    C_MANAGER,
    C_SIGNATORY,
    C_STAFF,
    CUSTOMER,
    P_MANAGER,
    P_SIGNATORY,
    P_STAFF,
    PROVIDER,
    STRANGER,
    draft,
    drafted,
    empty,
    in_force,
    person,
    role_bodies,
    signature,
    signature_of_terms,
    signed,
)


def revision(**changes: object) -> ReviseDraft:
    body = draft(**changes)  # type: ignore[arg-type]
    return ReviseDraft(**{name: getattr(body, name) for name in ReviseDraft.__struct_fields__})


def test_a_draft_pins_the_newest_revision_and_says_what_to_sign() -> None:
    spec = empty().when(draft(), actor=P_MANAGER).then_types(ContractDrafted)
    terms = spec.event(ContractDrafted).terms
    assert (terms.catalog_service, terms.catalog_revision, terms.version) == ("alibaba-1", 1, 1)
    assert spec.decision.outcome.data["terms_sha256"] == canonical.sha256(terms)


def test_a_repeated_draft_changes_nothing() -> None:
    drafted().when(draft(), actor=P_MANAGER).then_nothing()


def test_the_id_of_a_contract_is_taken_once() -> None:
    drafted().when(draft(name="另一份合同"), actor=P_MANAGER).refuses(IdTaken, "/contract")


def test_a_stranger_drafts_nothing_and_does_not_learn_that_a_name_is_taken() -> None:
    empty().when(draft(), actor=STRANGER).refuses(NotAParty)
    drafted().when(draft(name="另一份合同"), actor=STRANGER).refuses(NotAParty)


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"catalog_service": "alibaba-77"}, ServiceNotArrived, "/catalog_service"),
        ({"catalog_revision": 2}, ServiceNotArrived, "/catalog_revision"),
        ({"calendar": "de"}, CalendarNotArrived, "/calendar"),
        ({"editions": ("gold",)}, EditionUnknown, "/editions"),
        ({"conditions": {"training": True}}, ConditionUnknown, "/conditions/training"),
        ({"parameters": {"delivery.response_period": "5wd"}}, ParameterNotOpen, "/parameters/delivery.response_period"),
        ({"parameters": {"delivery.review_period": "-5wd"}}, ParameterNotOpen, "/parameters/delivery.review_period"),
        ({"parameters": {"delivery.review_period": "soon"}}, ParameterNotOpen, "/parameters/delivery.review_period"),
        ({"customer": draft().provider}, PartiesNotDistinct, "/provider/organisation"),
        ({"roles": role_bodies(without="zhao")}, RoleMissing, "/roles"),
        (
            {"roles": (*role_bodies(), RoleBody(role="acceptor", side="provider", subject="feng"))},
            RoleNotOfSide,
            "/roles/7",
        ),
        (
            {"roles": (*role_bodies(), RoleBody(role="acceptor", side="customer", subject="sun"))},
            RoleHeldByOne,
            "/roles/2",
        ),
        (
            {"roles": (*role_bodies(), RoleBody(role="project_director", side="customer", subject="wu"))},
            PersonOfBothSides,
            "/roles/5",
        ),
    ],
)
def test_what_a_draft_cannot_say_is_refused_by_name_and_field(
    changes: dict[str, object], error: type[LedgerError], field: str
) -> None:
    empty().when(draft(**changes), actor=P_MANAGER).refuses(error, field)


def test_r_014_a_parameter_overrides_a_number_of_the_catalogue() -> None:
    spec = empty().when(draft(parameters={"delivery.review_period": "8wd"}), actor=P_MANAGER)
    assert spec.event(ContractDrafted).terms.items[0].review_period == "8wd"


def test_a_revision_is_the_next_version_and_voids_signatures() -> None:
    spec = drafted()
    spec.when(signature_of_terms(spec), actor=P_SIGNATORY).after()
    spec.when(revision(name="新名称"), actor=C_STAFF).then_types(DraftRevised).after()
    assert isinstance(spec.state, Draft)
    assert (spec.state.terms.version, spec.state.signatures) == (2, ())


def test_a_revision_with_the_same_content_changes_nothing() -> None:
    drafted().when(revision(), actor=C_STAFF).then_nothing()


def test_a_revision_keeps_the_parties() -> None:
    other = replace(draft().customer, organisation="another")
    drafted().when(revision(customer=other), actor=P_MANAGER).refuses(PartiesFixed)


def test_a_signed_contract_is_not_revised_but_changed() -> None:
    signed().when(revision(name="新名称"), actor=P_MANAGER).refuses(NotADraft)


def test_r_425_a_signature_covers_the_hash_and_the_version_shown() -> None:
    spec = drafted()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=C_SIGNATORY).then_types(SideSigned)
    wrong_hash = SignContract(signature=signature("0" * 64))
    spec.when(wrong_hash, actor=C_SIGNATORY).refuses(SignatureOverOtherContent, "/content_sha256")
    wrong_version = SignContract(signature=replace(sign.signature, content_version=2))
    spec.when(wrong_version, actor=C_SIGNATORY).refuses(SignatureOverOtherContent, "/content_version")


def test_r_425_a_changed_draft_needs_new_signatures() -> None:
    spec = drafted()
    stale = signature_of_terms(spec)
    spec.when(revision(name="新名称"), actor=P_MANAGER).after()
    spec.when(stale, actor=P_SIGNATORY).refuses(SignatureOverOtherContent)


def test_a_side_that_signs_twice_changes_nothing() -> None:
    spec = drafted()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).after().when(sign, actor=P_SIGNATORY).then_nothing()
    spec.when(sign, actor=C_SIGNATORY).after().when(sign, actor=C_SIGNATORY).then_nothing()


def test_r_426_a_signature_by_somebody_else_of_the_side_is_recorded_without_effect() -> None:
    spec = drafted()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=C_ACCEPTOR).without_effect("R-426").after()
    assert isinstance(spec.state, Draft)
    assert spec.state.signatures == ()
    assert spec.history[-1].actor.side == "customer"


def test_r_426_a_stranger_is_refused_and_leaves_nothing() -> None:
    spec = drafted()
    spec.when(signature_of_terms(spec), actor=STRANGER).refuses(ContractUnknown)


def test_a_contract_that_does_not_exist_cannot_be_signed() -> None:
    empty().when(SignContract(signature=signature("0" * 64)), actor=C_SIGNATORY).refuses(ContractUnknown)


def test_t_is_the_beijing_date_of_the_later_signature() -> None:
    spec = drafted()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).after()
    # 16:30 UTC on the 25th is half past midnight on the 26th in Beijing.
    spec.at("2025-09-25T16:30:00.000Z").when(sign, actor=C_SIGNATORY).then_types(SideSigned, ContractSigned)
    assert spec.event(ContractSigned).terms.signed_on == date(2025, 9, 26)


def test_the_signed_event_carries_terms_roles_and_both_signatures() -> None:
    spec = signed()
    event = next(recorded.data for recorded in spec.history if isinstance(recorded.data, ContractSigned))
    assert {found.side for found in event.signatures} == {"customer", "provider"}
    assert {holder.role for holder in event.roles} >= {"signatory", "acceptor", "project_manager"}
    assert isinstance(spec.state, Signed)


def test_r_105_milestones_are_planned_from_t_and_rolled() -> None:
    spec = signed("alibaba-8")
    planned = {term.milestone_id: term.planned_on for term in in_force(spec).terms.milestones}
    assert planned == {
        "m1": date(2025, 9, 28),  # T+3, a Sunday that is worked
        "m2": date(2025, 10, 9),  # T+10 is 5 October: the block ends on the 8th
        "m3": date(2025, 10, 20),  # T+24 is a Sunday
        "m4": date(2025, 10, 23),
        "m5": date(2025, 10, 27),  # T+30 is a Saturday
    }
    deadlines = [recorded.data for recorded in spec.history if isinstance(recorded.data, DeadlineSet)]
    assert [deadline.deadline.timer for deadline in deadlines] == ["T-35"] * 5


@pytest.mark.parametrize(
    ("service", "about"), [("alibaba-8", "m5"), ("alibaba-25", "m4")], ids=["alibaba-8", "alibaba-25"]
)
def test_r_115_a_plan_shorter_than_its_review_warns(service: str, about: str) -> None:
    spec = empty().when(draft(service), actor=P_MANAGER)
    warnings = spec.event(ContractDrafted).warnings
    assert {(warning.rule, warning.about) for warning in warnings} == {("R-115", about)}
    assert "warning_1" in spec.decision.outcome.data
    told = [(warning.text_zh, warning.text_en) for warning in warnings if "审核期" in warning.text_zh]
    assert all("5个工作日" in zh and "5 working days" in en and "5wd" not in zh + en for zh, en in told)
    assert told or service != "alibaba-8"


def test_r_115_a_contract_with_enough_time_has_no_warning() -> None:
    spec = empty().when(draft("alibaba-8", parameters={"m5.offset": "40d"}), actor=P_MANAGER)
    assert spec.event(ContractDrafted).warnings == ()


def test_the_provider_names_nobody_of_another_organisation_by_token() -> None:
    """The side follows from the organisation of the token, so a customer role held by a provider's person is idle."""
    roles = (*role_bodies(), RoleBody(role="signatory", side="customer", subject="feng"))
    spec = drafted(roles=roles)
    sign = signature_of_terms(spec)
    mole = replace(C_SIGNATORY, subject="feng", organisation="cloud")
    spec.when(sign, actor=mole).without_effect("R-426")
    assert mole.organisation != CUSTOMER


# ---- who signs is the organisation's word ----

ANYBODY = person(C_SIGNATORY.subject, CUSTOMER)
NOT_SENT = person(P_SIGNATORY.subject, PROVIDER)


def test_r_426_who_was_only_named_in_a_draft_signs_nothing() -> None:
    """A member without a role drafts and names both signatories; their organisations know nothing of it."""
    spec = empty().when(draft(), actor=P_STAFF).after()
    sign = signature_of_terms(spec)
    for somebody in (ANYBODY, NOT_SENT):
        spec.when(sign, actor=somebody).without_effect("R-426").after()
    assert isinstance(spec.state, Draft) and not spec.state.signatures


def test_r_426_the_organisations_word_is_no_role_in_the_contract() -> None:
    """Whom his organisation lets sign for it names himself first, and then signs."""
    somebody = person("ma", CUSTOMER, "signatory")
    spec = drafted()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=somebody).without_effect("R-426")
    myself = AppointRole(role="signatory", side="customer", subject=somebody.subject)
    spec.when(myself, actor=person("ma", PROVIDER, "signatory")).refuses(ActForOtherSide)
    spec.when(myself, actor=person("ma", CUSTOMER)).without_effect("R-426")
    spec.when(myself, actor=somebody).then_types(RoleAppointed).after()
    spec.when(sign, actor=somebody).then_types(SideSigned)


def test_r_423_with_its_signature_a_side_takes_the_people_named_for_it_as_its_own() -> None:
    spec = drafted()
    adopted = spec.when(signature_of_terms(spec), actor=C_SIGNATORY).event(SideSigned).roles
    assert {holder.side for holder in adopted} == {"customer"}
    assert {holder.role for holder in adopted} >= {"signatory", "project_manager", "acceptor"}


NEEDED = [
    ("signatory", C_SIGNATORY),
    ("project_manager", C_MANAGER),
    ("acceptor", C_ACCEPTOR),
    ("signatory", P_SIGNATORY),
    ("project_manager", P_MANAGER),
]


@pytest.mark.parametrize(("role", "who"), NEEDED, ids=[f"{who.organisation}-{role}" for role, who in NEEDED])
def test_r_071_without_one_of_the_needed_people_of_a_side_nothing_is_drafted(role: str, who: Actor) -> None:
    side = "customer" if who.organisation == CUSTOMER else "provider"
    spec = empty().when(draft(roles=role_bodies(without=who.subject)), actor=P_STAFF).refuses(RoleMissing, "/roles")
    assert spec.raised is not None and spec.raised.detail == f"{side} {role}"


def test_a_draft_of_an_earlier_build_whose_periods_cannot_be_counted_is_not_signed() -> None:
    spec = empty().when(draft(), actor=P_MANAGER)
    old = spec.event(ContractDrafted)
    endless = replace(old.terms.items[0], review_period="99999wd")
    spec.given((f"contract-{old.contract}", replace(old, terms=replace(old.terms, items=(endless,)))))
    sign = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).after()
    spec.when(sign, actor=C_SIGNATORY).refuses(PeriodError, f"/parameters/{endless.item_id}.review_period")
