"""What the ledger does not carry out is refused by name, and what a draft says is looked up (R-335, R-026..R-028)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace

from services.contracts.domain.catalogue.errors import NotCarriedOut
from services.contracts.domain.catalogue.terms import not_carried
from services.contracts.domain.drafting.commands import DraftContract, PartyBody
from services.contracts.domain.drafting.events import ContractDrafted
from services.contracts.domain.selection.commands import SelectionBody
from services.contracts.domain.selection.errors import (
    EarlierContractUnknown,
    NotSoldAlone,
    NotYetAccepted,
    SelectionDiffers,
    SelectionNotValid,
)
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.signing.events import SideSigned
from services.contracts.domain.state import Draft, Signed, State
from shared.catalogue.selection.answer import DraftPart
from shared.testing.spec import Spec
from tests.unit.catalog.selections import select, want
from tests.unit.contracts.test_drafting_from_selections import CASES, ON_SIGNING, entry, parameters, resolved
from tests.unit.contracts.world import (
    C_SIGNATORY,
    P_MANAGER,
    P_SIGNATORY,
    catalogue_known,
    draft,
    signature_of_terms,
)

# Per service and editions, what is missing; an empty list drafts. It only ever gets shorter.
GOLDEN = Path(__file__).parents[2] / "golden" / "not_carried_out.json"
Missing = dict[str, list[str]]


def label(service: str, editions: tuple[str, ...]) -> str:
    return ":".join((service, ",".join(editions))).rstrip(":")


@cache
def golden() -> Missing:
    return msgspec.json.decode(GOLDEN.read_bytes(), type=Missing)


@cache
def part_of(service: str, editions: tuple[str, ...]) -> DraftPart:
    """The `draft` of a valid selection with whatever has to be owned, bought or chosen for it."""
    part = resolved(service, editions).draft
    assert part is not None
    return part


def body_of(part: DraftPart, **changes: Any) -> DraftContract:
    """The draft that the catalogue's answer makes."""
    fields = {
        "catalog_revision": part.catalog_revision,
        "editions": part.editions,
        "conditions": part.conditions,
        "selection": msgspec.convert(msgspec.to_builtins(part.selection), SelectionBody),
        "parameters": parameters(part.catalog_service, part.editions),
    }
    return draft(part.catalog_service, **{**ON_SIGNING, **fields, **changes})


@cache
def signed_alibaba_12() -> Spec[State]:
    """A contract on Alibaba 12 between the same parties, in force."""
    spec = catalogue_known()
    spec.when(body_of(part_of("alibaba-12", ("general",)), contract="C12"), actor=P_MANAGER).after()
    sign = signature_of_terms(spec)
    return spec.when(sign, actor=P_SIGNATORY).after().when(sign, actor=C_SIGNATORY).after()


def knowing_alibaba_12(*, plan_accepted: bool) -> Spec[State]:
    """A ledger that has this contract, and maybe the acceptance of its plan."""
    twelve = signed_alibaba_12().state
    assert isinstance(twelve, Signed)
    if plan_accepted:
        items = {name: replace(item, accepted=True) for name, item in twelve.items.items()}
        twelve = replace(twelve, items=items)
    spec = catalogue_known()
    spec.facts["contract/C12"] = twelve  # type: ignore[index]  # the world's own dict
    return spec


def drafted_as(service: str, editions: tuple[str, ...]) -> Spec[State]:
    part = part_of(service, editions)
    if service != "alibaba-13":
        return catalogue_known().when(body_of(part), actor=P_MANAGER)
    spec = knowing_alibaba_12(plan_accepted=True)
    return spec.when(body_of(part, after_contracts=("C12",)), actor=P_MANAGER)


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_335_every_service_drafts_or_is_refused_with_the_names_of_what_is_missing(
    service: str, editions: tuple[str, ...]
) -> None:
    spec = drafted_as(service, editions)
    expected = golden()[label(service, editions)]
    if not expected:
        assert spec.event(ContractDrafted).terms.catalog_service == service
        return
    spec.refuses(NotCarriedOut, "/catalog_service")
    assert spec.raised is not None
    assert spec.raised.data["missing"].split(",") == expected


def test_r_335_the_table_is_about_every_service_and_nothing_else() -> None:
    assert set(golden()) == {label(service, editions) for service, editions in CASES}


@pytest.mark.parametrize(("service", "missing"), [("kingdee-3.4", "after_care.guarantee"), ("alibaba-24", "sessions")])
def test_r_335_a_refusal_says_what_is_missing_in_both_languages(service: str, missing: str) -> None:
    found = {one.name: one for one in not_carried(entry(service), frozenset({"growth"}))}
    assert found[missing].text_zh and found[missing].text_en and found[missing].rule.startswith("R-")


BOOKED = {
    "alibaba-1": ("on-site-days", "option.person_day"),
    "alibaba-2": ("resident-days", "option.person_day"),
    "alibaba-7": ("on-site-expert", "option.person_day"),
    "alibaba-10": ("on-site-support", "option.visit"),
    "alibaba-18": ("on-site-days", "option.person_day"),
}


@pytest.mark.parametrize("service", BOOKED)
def test_r_335_r_300_r_301_days_and_visits_that_are_ordered_have_to_be_booked(service: str) -> None:
    option, missing = BOOKED[service]
    editions = frozenset(edition.id for edition in entry(service).editions)
    assert missing not in {one.name for one in not_carried(entry(service), editions)}
    assert missing in {one.name for one in not_carried(entry(service), editions | {option})}


def test_r_335_r_301_a_contract_is_not_drafted_with_days_on_site_that_nobody_counts() -> None:
    """Alibaba 1 without them is drafted: they are an extra that the selection asks for."""
    ordered = SelectionBody(options={"on-site-days": "5"})
    spec = catalogue_known().when(draft("alibaba-1", **ON_SIGNING, selection=ordered), actor=P_MANAGER)
    spec.refuses(NotCarriedOut, "/catalog_service")
    assert spec.raised is not None and spec.raised.data["missing"] == "option.person_day"
    catalogue_known().when(draft("alibaba-1", **ON_SIGNING), actor=P_MANAGER).event(ContractDrafted)


def test_r_335_a_draft_of_before_is_not_signed_either() -> None:
    """Kingdee 3.4 drafted by an older build, which dropped the guarantee."""
    spec = catalogue_known().when(draft(), actor=P_MANAGER)
    old = spec.event(ContractDrafted)
    terms = replace(old.terms, catalog_service="kingdee-3.4", after_care=())
    spec.given((f"contract-{old.contract}", replace(old, terms=terms)))
    sign: SignContract = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).refuses(NotCarriedOut)


# ---- the selection ----


def tier_of_alibaba_9(resources: str) -> SelectionBody:
    return SelectionBody(selection_sha256="0" * 64, quantities={"resources": resources})


def test_r_335_r_033_a_tier_is_not_the_drafters_word() -> None:
    """501 resources for the tier of up to 100, under a hash that nobody answered."""
    body = draft("alibaba-9", **ON_SIGNING, editions=("basic",), selection=tier_of_alibaba_9("501"))
    spec = catalogue_known().when(body, actor=P_MANAGER)
    spec.refuses(SelectionNotValid, "/selection")
    assert spec.raised is not None and spec.raised.data["rules"] == "R-033"


def test_r_335_a_hash_that_does_not_come_out_again_is_refused() -> None:
    body = draft("alibaba-9", **ON_SIGNING, editions=("basic",), selection=tier_of_alibaba_9("100"))
    catalogue_known().when(body, actor=P_MANAGER).refuses(SelectionDiffers, "/selection/selection_sha256")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("/selection/quantities", {"quantities": {"resources": "501"}}),
        ("/selection/chosen_items", {"chosen_items": ("架构评估",)}),
        ("/selection/start_agreed", {"start_agreed": True}),
    ],
)
def test_r_335_what_stands_beside_the_request_says_the_same(field: str, changes: dict[str, Any]) -> None:
    part = select(want("alibaba-9", "basic", resources="80")).items[0].draft
    assert part is not None
    body = body_of(part)
    assert body.selection is not None
    catalogue_known().when(body, actor=P_MANAGER).event(ContractDrafted)
    other = replace(body, selection=replace(body.selection, **changes))
    catalogue_known().when(other, actor=P_MANAGER).refuses(SelectionDiffers, field)


def test_r_335_the_request_alone_makes_the_whole_selection() -> None:
    part = select(want("alibaba-9", "basic", resources="80")).items[0].draft
    assert part is not None
    body = body_of(part)
    short = replace(body, editions=(), conditions={}, selection=SelectionBody(request=part.selection.request))
    terms = catalogue_known().when(short, actor=P_MANAGER).event(ContractDrafted).terms
    assert terms == catalogue_known().when(body, actor=P_MANAGER).event(ContractDrafted).terms


def test_r_028_ownership_is_declared_and_says_by_whom() -> None:
    undeclared = draft("alibaba-15", **ON_SIGNING)
    spec = catalogue_known().when(undeclared, actor=P_MANAGER)
    spec.refuses(SelectionNotValid)
    assert spec.raised is not None and spec.raised.data["rules"] == "R-028"
    terms = catalogue_known().when(body_of(part_of("alibaba-15", ())), actor=P_MANAGER).event(ContractDrafted).terms
    assert terms.selection is not UNSET and terms.selection.declared is not UNSET
    declared = terms.selection.declared
    assert declared.owned_products == ("移动开发平台mPaaS",)
    assert (declared.by, declared.subject) == ("provider", P_MANAGER.subject)


# ---- gates ----


def alibaba_13(**changes: Any) -> DraftContract:
    return body_of(part_of("alibaba-13", ("premium",)), **changes)


def test_r_026_alibaba_13_is_not_drafted_without_a_contract_on_12() -> None:
    """That 12 was bought is not the drafter's word, either."""
    catalogue_known().when(alibaba_13(), actor=P_MANAGER).refuses(NotSoldAlone, "/after_contracts")


def test_r_027_alibaba_13_is_not_drafted_while_the_plan_of_12_is_under_review() -> None:
    spec = knowing_alibaba_12(plan_accepted=False)
    spec.when(alibaba_13(after_contracts=("C12",)), actor=P_MANAGER).refuses(NotYetAccepted, "/after_contracts")


def test_r_027_the_acceptance_of_another_item_opens_no_gate() -> None:
    spec = signed_alibaba_12()
    state = spec.state
    assert isinstance(state, Signed)
    other = next(item.item_id for item in state.terms.items if "conversion-plan" not in item.deliverables)
    items = {**state.items, other: replace(state.items[other], accepted=True)}
    ledger = catalogue_known()
    ledger.facts["contract/C12"] = replace(state, items=items)  # type: ignore[index]  # the world's own dict
    ledger.when(alibaba_13(after_contracts=("C12",)), actor=P_MANAGER).refuses(NotYetAccepted)


@pytest.mark.parametrize("changes", [{"after_contracts": ("C99",)}, {"after_contracts": ("C1",)}])
def test_r_424_a_contract_of_others_is_answered_as_none(changes: dict[str, Any]) -> None:
    spec = knowing_alibaba_12(plan_accepted=True)
    spec.when(alibaba_13(**changes), actor=P_MANAGER).refuses(EarlierContractUnknown, "/after_contracts/0")
    foreign = PartyBody(organisation="elsewhere", name="另一集团")
    spec.when(alibaba_13(after_contracts=("C12",), customer=foreign), actor=P_MANAGER)
    spec.refuses(EarlierContractUnknown, "/after_contracts/0")


def test_r_026_what_is_bought_together_is_signed_in_order() -> None:
    """The implementation of Alibaba 23 rests on a contract on its basic edition, and is signed after it."""
    basic = catalogue_known().when(body_of(part_of("alibaba-23", ("basic",)), contract="C23"), actor=P_MANAGER).after()
    assert isinstance(basic.state, Draft)
    request = select(want("alibaba-23", "implementation"), bought=["alibaba-23:basic"]).items[0].draft
    assert request is not None
    body = body_of(request, after_contracts=("C23",))
    spec = catalogue_known()
    spec.when(body, actor=P_MANAGER).refuses(EarlierContractUnknown)
    spec.facts["contract/C23"] = basic.state  # type: ignore[index]  # the world's own dict
    spec.when(body, actor=P_MANAGER).after()
    sign = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).refuses(NotSoldAlone)
    of_basic = signature_of_terms(basic)
    basic.when(of_basic, actor=P_SIGNATORY).after().when(of_basic, actor=C_SIGNATORY).after()
    spec.facts["contract/C23"] = basic.state  # type: ignore[index]  # the world's own dict
    spec.when(sign, actor=P_SIGNATORY).then_types(SideSigned)
