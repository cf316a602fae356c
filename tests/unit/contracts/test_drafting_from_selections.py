"""Every service in every edition: from a selection to the terms of a contract (R-014, R-130, R-222)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from services.catalog.exporting import entry_document
from services.catalog.format.profiles import PROFILES
from services.catalog.loading import load_all
from services.contracts.domain.catalogue.document import of_editions, read_document
from services.contracts.domain.drafting.errors import ParameterMissing
from services.contracts.domain.drafting.events import ContractDrafted
from services.contracts.domain.drafting.terms.deliverables import expects_file
from services.contracts.domain.drafting.terms.drafted import draft_terms
from services.contracts.domain.drafting.terms.milestones import JOINT_PROFILE
from services.contracts.domain.drafting.terms.naming import BLANK
from services.contracts.domain.drafting.terms.planning import planning_warnings
from services.contracts.domain.selection.commands import SelectionBody
from services.contracts.domain.selection.errors import ChoiceNotPossible, NotInTheCatalogue, TooManyPacks
from services.contracts.domain.state import Draft
from shared.catalogue.format.model import Service
from shared.catalogue.selection.answer import ResolvedService
from shared.messages import canonical
from shared.public_events.terms import ItemTerm, OpenReading, Terms
from tests.unit.catalog.selections import select, want
from tests.unit.contracts.world import DIGEST, P_MANAGER, catalogue_known, draft, drafted, line

CATALOGUE = load_all()
ON_SIGNING = {"payment_lines": (line("all", "100000.00", ("signing", "")),)}


def sellable(service: Service) -> Iterator[tuple[str, ...]]:
    """For every edition the least that can be bought with it; nothing for a service without editions."""
    for edition in service.editions:
        chosen = [edition.id]
        if edition.kind == "option" and edition.editions is not UNSET:
            chosen.append(edition.editions[0])
        for _ in service.choices:
            missing = (
                choice.of[0]
                for choice in service.choices
                if choice.mandatory
                and not set(choice.of) & set(chosen)
                and (choice.editions is UNSET or set(choice.editions) & set(chosen))
            )
            chosen += list(missing)[:1]
        yield tuple(chosen)
    if not service.editions:
        yield ()


CASES = [(service.id, editions) for service in CATALOGUE.services for editions in sellable(service)]


@cache
def entry(service: str) -> Service:
    """The shipped entry."""
    found = CATALOGUE.service(service)
    assert found is not None
    return found


def resolved(service: str, editions: tuple[str, ...]) -> ResolvedService:
    """A valid selection of one service with whatever has to be owned, bought or chosen for it."""
    wanted = want(service, *editions)
    if "custom" in editions:
        wanted["chosen_items"] = [row.item_zh for row in entry(service).matrix][:1]
    needed = entry(service).prerequisites
    owned = [p.of_zh for p in needed if p.kind == "product_owned"]
    bought = [p.of for p in needed if p.kind == "service_bought"]
    selection = select(wanted, owned_products=owned, bought=bought)
    assert selection.valid, selection.violations
    return selection.items[0]


def parameters(service: str, editions: tuple[str, ...]) -> dict[str, str]:
    """What the document leaves open, a month apart."""
    document = read_document(canonical.encode(entry_document(entry(service))))
    milestones = of_editions(document.milestones, frozenset(editions))
    return {f"m{n}.offset": f"{30 * n}d" for n, found in enumerate(milestones, start=1) if found.offset is None}


@cache
def terms_of(service: str, editions: tuple[str, ...]) -> Terms:
    """The terms that are drafted from the `draft` part of the catalogue's answer."""
    item = resolved(service, editions)
    part = msgspec.to_builtins(item.draft)
    fields = {
        **part,
        "editions": tuple(part["editions"]),
        "selection": msgspec.convert(part["selection"], SelectionBody),
        "parameters": parameters(service, item.editions),
    }
    document = read_document(canonical.encode(entry_document(entry(service))))
    body = draft(**ON_SIGNING, **fields)
    return draft_terms("C1", 1, body, document, body.catalog_revision or 0, item.content_sha256)


def test_the_cases_are_all_services_and_all_editions() -> None:
    assert {service for service, _ in CASES} == {service.id for service in CATALOGUE.services}
    assert len({service for service, _ in CASES}) == 51
    assert len(CASES) == sum(len(service.editions) or 1 for service in CATALOGUE.services)


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_014_a_contract_is_drafted_from_the_selection_and_pins_it(service: str, editions: tuple[str, ...]) -> None:
    terms = terms_of(service, editions)
    item = resolved(service, editions)
    assert (terms.catalog_service, terms.catalog_revision, terms.editions) == (service, 1, item.editions)
    assert terms.catalog_sha256 == item.content_sha256
    assert item.draft is not None and terms.selection is not UNSET
    assert terms.selection.selection_sha256 == item.draft.selection.selection_sha256


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_the_terms_of_every_service_hold_together(service: str, editions: tuple[str, ...]) -> None:
    terms = terms_of(service, editions)
    items = {item.item_id: item for item in terms.items}
    deliverables = {deliverable.deliverable_id: deliverable for deliverable in terms.deliverables}
    assert items and len(items) == len(terms.items) and len(deliverables) == len(terms.deliverables)
    for item in terms.items:
        assert {*item.after, *item.confirms} <= items.keys() - {item.item_id}
        assert deliverables.keys() >= set(item.deliverables)
        assert item.name_zh and item.name_en
        assert (item.review_period is None) == (not item.review_timer)
    for milestone in terms.milestones:
        assert milestone.items or milestone.deliverables
        assert items.keys() >= set(milestone.items)
    msgspec.json.decode(canonical.encode(terms), type=Terms)


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_151_every_item_has_a_profile_of_its_service(service: str, editions: tuple[str, ...]) -> None:
    for item in terms_of(service, editions).items:
        is_joint = item.profile == JOINT_PROFILE and item.item_id.endswith(".confirmation")
        assert is_joint or service in PROFILES[item.profile].services  # type: ignore[index]


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_r_115_planning_looks_at_the_terms_of_every_service(service: str, editions: tuple[str, ...]) -> None:
    document = read_document(canonical.encode(entry_document(entry(service))))
    terms = terms_of(service, editions)
    assert all(warning.rule == "R-115" for warning in planning_warnings(terms, document))


def items_of(service: str, *editions: str) -> dict[str, ItemTerm]:
    """The items of a contract by id."""
    return {item.item_id: item for item in terms_of(service, editions).items}


@pytest.mark.parametrize(
    ("service", "editions", "entries", "alone"),
    [
        ("alibaba-14", (), ("deliverable",), 1),
        ("alibaba-15", (), ("deliverable",), 3),
        ("alibaba-16", ("standard",), ("deliverable",), 3),
        ("alibaba-25", (), ("tuning-report",), 1),
        ("alibaba-27", ("base",), ("survey", "functions", "architecture"), 14),
    ],
)
def test_r_130_each_deliverable_has_an_item_and_a_timer_of_its_own(
    service: str, editions: tuple[str, ...], entries: tuple[str, ...], alone: int
) -> None:
    own = [item for name, item in items_of(service, *editions).items() if name.partition(".")[0] in entries]
    assert len(own) == alone
    assert all(item.starts == "submitted" and item.review_period == "5wd" for item in own)
    covered = [name for item in own for name in item.deliverables]
    assert len(covered) == len(set(covered))


@pytest.mark.parametrize("service", ["alibaba-14", "alibaba-15", "alibaba-16"])
def test_r_177_silence_in_every_round_is_carried_over_for_the_services_that_print_it(service: str) -> None:
    editions = ("standard",) if service == "alibaba-16" else ()
    commented = [item for item in items_of(service, *editions).values() if item.item_id.startswith("deliverable")]
    assert commented and all(item.silence and item.re_review_silence_passes for item in commented)
    assert not any(item.re_review_silence_passes for item in items_of("alibaba-25").values())


@pytest.mark.parametrize(("service", "editions"), CASES)
def test_every_criterion_of_acceptance_is_carried_over_in_its_words(service: str, editions: tuple[str, ...]) -> None:
    document = read_document(canonical.encode(entry_document(entry(service))))
    entries = of_editions(document.acceptance, frozenset(resolved(service, editions).editions))
    printed = {statement.text_zh or statement.text_en for own in entries for statement in own.criteria}
    kept = {criterion for item in terms_of(service, editions).items for criterion in item.criteria}
    assert kept == printed


@pytest.mark.parametrize(("packs", "items"), [("1", ["pack"]), ("3", ["pack.1", "pack.2", "pack.3"])])
def test_r_131_consulting_and_each_pack_are_accepted_separately(packs: str, items: list[str]) -> None:
    document = read_document(canonical.encode(entry_document(entry("alibaba-10"))))
    editions = ("consulting", "basic")
    ordered = SelectionBody(selection_sha256=DIGEST, quantities={"basic": packs})
    body = draft(**ON_SIGNING, editions=editions, selection=ordered, parameters=parameters("alibaba-10", editions))
    terms = draft_terms("C1", 1, body, document, 1, DIGEST)
    assert [item.item_id for item in terms.items] == ["consulting", *items]
    assert [milestone.items for milestone in terms.milestones] == [("consulting",), tuple(items)]


def test_r_131_a_pack_that_was_not_chosen_does_not_count() -> None:
    document = read_document(canonical.encode(entry_document(entry("alibaba-10"))))
    ordered = SelectionBody(selection_sha256=DIGEST, quantities={"standard": "3"})
    filled = parameters("alibaba-10", ("basic",))
    body = draft(**ON_SIGNING, editions=("basic",), selection=ordered, parameters=filled)
    assert [item.item_id for item in draft_terms("C1", 1, body, document, 1, DIGEST).items] == ["pack"]


def test_r_131_more_packs_than_a_contract_keeps_apart_are_refused() -> None:
    document = read_document(canonical.encode(entry_document(entry("alibaba-10"))))
    ordered = SelectionBody(selection_sha256=DIGEST, quantities={"basic": "51"})
    with pytest.raises(TooManyPacks):
        draft_terms("C1", 1, draft(**ON_SIGNING, editions=("basic",), selection=ordered), document, 1, DIGEST)


def test_r_044_alternatives_share_an_item() -> None:
    goals = items_of("alibaba-27", "base")["survey.goals"]
    assert goals.deliverables == ("business-canvas", "value-tree")
    assert goals.name_zh == "《商业画布》 / 《精益价值树》"


def test_r_043_a_deliverable_whose_condition_does_not_hold_has_no_item() -> None:
    without = items_of("alibaba-16", "standard")
    assert "deliverable.test-scripts" not in without
    document = read_document(canonical.encode(entry_document(entry("alibaba-16"))))
    body = draft(**ON_SIGNING, editions=("standard",), conditions={"test-scripts": True})
    terms = draft_terms("C1", 1, body, document, 1, DIGEST)
    assert "deliverable.test-scripts" in {item.item_id for item in terms.items}


def test_r_153_the_acceptance_report_comes_after_every_deliverable_and_confirms_it() -> None:
    items = items_of("alibaba-15")
    deliverables = tuple(name for name in items if name.startswith("deliverable."))
    assert items["project"].after == deliverables and items["project"].confirms == deliverables
    consulting = items_of("alibaba-29", "consulting")
    assert consulting["acceptance-report"].after == ("consulting-reports",)


def test_r_150_whether_all_forms_are_needed_comes_from_the_catalogue_into_the_terms() -> None:
    needs_all = {
        (service, item.item_id): item.forms
        for service, editions in CASES
        for item in terms_of(service, editions).items
        if item.forms_needed == "all"
    }
    assert needs_all == {
        ("alibaba-11", "design"): ("signature", "online_button"),
        ("alibaba-11", "example"): ("signature", "online_button"),
        ("alibaba-29", "acceptance-report"): ("signature_both", "online_confirmation"),
    }


def test_r_107_the_milestones_of_alibaba_29_are_filled_and_confirmed_in_writing() -> None:
    document = read_document(canonical.encode(entry_document(entry("alibaba-29"))))
    with pytest.raises(ParameterMissing) as missing:
        draft_terms("C1", 1, draft(**ON_SIGNING, editions=("consulting",)), document, 1, DIGEST)
    assert missing.value.detail == "m1.offset, m2.offset, m3.offset, m4.offset, m5.offset"
    terms = terms_of("alibaba-29", ("consulting",))
    waited_for = {milestone.name_zh: milestone.items for milestone in terms.milestones}
    assert list(waited_for.values()) == [(f"m{n}.confirmation",) for n in range(1, 5)] + [("acceptance-report",)]


def test_r_222_a_milestone_without_an_acceptance_is_confirmed_by_both_project_managers() -> None:
    plan = items_of("alibaba-29", "consulting")["m2.confirmation"]
    assert (plan.acceptor, plan.profile, plan.forms) == ("both_pms", JOINT_PROFILE, ("joint_confirmation",))
    assert plan.deliverables == ("consulting-plan",) and plan.review_period is None


@pytest.mark.parametrize(
    ("name_zh", "type_zh", "expected"),
    [
        ("《验收报告》", None, True),
        ("巡检报告", None, True),
        ("签到表", None, True),
        ("平台", "定制化模块和文档", True),
        ("完成本项目总体架构设计交付物培训", "培训", False),
        ("成本运营平台", "SaaS", False),
        ("《交付支持》", "支持", False),
        ("2 套私有环境", None, False),
        ("新的数据中心（账套）", None, False),
        ("专属运维服务专家", None, False),
    ],
)
def test_r_008_what_is_no_document_is_received_without_a_file(
    name_zh: str, type_zh: str | None, expected: bool
) -> None:
    assert expects_file(name_zh, type_zh) == expected


def test_r_134_no_saas_and_no_training_of_any_service_expects_a_file() -> None:
    for service, editions in CASES:
        for deliverable in terms_of(service, editions).deliverables:
            assert not (deliverable.file_expected and deliverable.type_zh in ("培训", "SaaS", "支持"))


def test_r_185_silence_accepts_where_the_rule_book_says_so_and_nowhere_else() -> None:
    silent = {service for service, editions in CASES for item in terms_of(service, editions).items if item.silence}
    assert silent == {f"alibaba-{n}" for n in (1, 14, 15, 16, 18, 22, 24, 25, 27)}


def test_r_194_the_terms_say_that_silence_closes_a_request_and_no_other_item() -> None:
    request = items_of("alibaba-6")["request"]
    assert (request.silence, request.review_timer, request.review_rule) == (False, "T-19", "R-194")
    closed = {
        service for service, editions in CASES for item in terms_of(service, editions).items if item.silence_closes
    }
    assert closed == {"alibaba-6"}


def test_the_timers_of_alibaba_7_are_t_17_and_t_18() -> None:
    items = items_of("alibaba-7", "remote-5x8")
    assert {name: item.review_timer for name, item in items.items()} == {
        "service-report": "T-17",
        "acceptance-report": "T-18",
    }


BLANKS = [case for case in CASES if any(BLANK.search(found.name_zh) for found in entry(case[0]).deliverables)]


@pytest.mark.parametrize(("service", "editions"), BLANKS)
def test_no_blank_is_signed_and_the_projects_name_stands_there(service: str, editions: tuple[str, ...]) -> None:
    """32 names of documents in 8 services."""
    terms = terms_of(service, editions)
    assert BLANK.search(canonical.encode(terms).decode()) is None
    assert any(terms.name in deliverable.name_zh for deliverable in terms.deliverables)


def test_the_blanks_are_in_eight_services() -> None:
    assert len({service for service, _ in BLANKS}) == 8


def test_r_042_the_chosen_items_are_written_into_the_contract() -> None:
    selection = terms_of("alibaba-2", ("custom",)).selection
    assert selection is not UNSET and selection.chosen_items == (entry("alibaba-2").matrix[0].item_zh,)


def test_r_014_quantities_are_pinned() -> None:
    ordered = SelectionBody(quantities={"tables": "120"})
    selection = drafted(selection=ordered).event(ContractDrafted).terms.selection
    assert selection is not UNSET
    assert [(q.of, q.quantity) for q in selection.quantities] == [("tables", Decimal(120))]


def test_r_062_r_032_consent_to_an_early_start_and_other_readings_are_signed_with_the_contract() -> None:
    wanted = {**want("alibaba-12", "general", tables="100"), "readings": {"at_limit": "within"}}
    part = select(wanted, applied_on="2026-09-21", start_on="2026-09-25", start_agreed=True).items[0].draft
    assert part is not None
    ordered = msgspec.convert(msgspec.to_builtins(part.selection), SelectionBody)
    fields = {**ON_SIGNING, "parameters": parameters("alibaba-12", part.editions), "selection": ordered}
    spec = catalogue_known().when(draft("alibaba-12", **fields), actor=P_MANAGER).after()
    assert isinstance(spec.state, Draft)
    selection = spec.state.terms.selection
    assert selection is not UNSET
    assert (selection.start_on, selection.start_agreed) == (date(2026, 9, 25), True)
    assert selection.readings == (OpenReading(of="at_limit", reading="within"),)


def test_r_425_terms_without_a_selection_keep_the_hash_that_they_had() -> None:
    assert b'"selection"' not in canonical.encode(drafted().event(ContractDrafted).terms)


@pytest.mark.parametrize(
    ("service", "changes", "error", "field"),
    [
        ("alibaba-26", {"editions": ("basic", "standard")}, ChoiceNotPossible, "/editions"),
        (
            "alibaba-26",
            {"editions": ("basic", "network-planning", "security-protection")},
            ChoiceNotPossible,
            "/editions",
        ),
        ("alibaba-26", {"editions": ()}, ChoiceNotPossible, "/editions"),
        ("alibaba-1", {"selection": {"options": {"flight": "1"}}}, NotInTheCatalogue, "/selection/options"),
        ("alibaba-2", {"selection": {"chosen_items": ["月球"]}}, NotInTheCatalogue, "/selection/chosen_items"),
    ],
)
def test_r_022_r_021_a_draft_refuses_what_its_document_shows_to_be_wrong(
    service: str, changes: dict[str, Any], error: type[Exception], field: str
) -> None:
    document = read_document(canonical.encode(entry_document(entry(service))))
    fields: dict[str, Any] = {"editions": ("basic",) if service == "alibaba-2" else (), **changes}
    if "selection" in fields:
        fields["selection"] = msgspec.convert({"selection_sha256": DIGEST, **fields["selection"]}, SelectionBody)
    with pytest.raises(error) as refused:
        draft_terms("C1", 1, draft(**ON_SIGNING, **fields), document, 1, DIGEST)
    assert getattr(refused.value, "field", None) == field


def test_a_pack_of_a_service_whose_consulting_was_bought_before_is_drafted_alone() -> None:
    document = read_document(canonical.encode(entry_document(entry("alibaba-10"))))
    body = draft(**ON_SIGNING, editions=("basic",), parameters=parameters("alibaba-10", ("basic",)))
    assert draft_terms("C1", 1, body, document, 1, DIGEST).editions == ("basic",)
