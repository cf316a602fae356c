"""Rules about what is chosen together, owned, conditional or alternative (R-020..R-028, R-039, R-041..R-046)."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

import pytest
from msgspec.structs import replace

from services.catalog.loading import load_all
from shared.catalogue.selection.case import Revision
from shared.catalogue.selection.composing import compose
from shared.catalogue.selection.owning import is_known
from shared.catalogue.selection.request import SelectionRequest, WantedService
from tests.unit.catalog.selections import CALENDAR, fields, only, revision, select, violated, want, warned

SHOPEX = ("shopex-1", "shopex-2", "shopex-3")
MPAAS_SPELLINGS = (
    "移动开发平台mPaaS",
    "移动开发平台mPaas",
    "阿里云移动开发平台服务（mPaaS）",
    "mpaas",
    "移动开发平台 mPaaS",
)


def test_r_014_r_020_the_answer_pins_revision_and_content() -> None:
    item = only(select(want("alibaba-1", tables=50)))
    assert (item.revision, item.content_sha256) == (1, revision("alibaba-1").content_sha256)


def test_r_014_a_valid_selection_says_what_to_draft_and_a_refused_one_nothing() -> None:
    marked = next(d.id for d in revision("alibaba-18").service.deliverables if d.conditional)
    selection = select({**want("alibaba-18", source_tables=50), "conditions": [marked]})
    draft = only(selection).draft
    assert draft is not None and (draft.catalog_service, draft.catalog_revision) == ("alibaba-18", 1)
    assert draft.conditions == {marked: True}
    assert draft.selection.selection_sha256 == selection.selection_sha256
    assert only(select(want("alibaba-18", source_tables=51))).draft is None


def test_r_014_the_hash_of_a_selection_covers_request_revision_and_calendar() -> None:
    request = SelectionRequest(services=(WantedService(service="alibaba-1"),))
    entry = revision("alibaba-1")
    others = [
        compose(replace(request, bulk_resources=True), {"alibaba-1": entry}, CALENDAR),
        compose(request, {"alibaba-1": _with_content(entry, "0" * 64)}, CALENDAR),
        compose(request, {"alibaba-1": entry}, replace(CALENDAR, version="2027-0")),
    ]
    first = compose(request, {"alibaba-1": entry}, CALENDAR)
    assert len({first.selection_sha256, *(other.selection_sha256 for other in others)}) == 4
    assert first == compose(request, {"alibaba-1": entry}, CALENDAR)


def _with_content(entry: Revision, content_sha256: str) -> Revision:
    return Revision(service=entry.service, revision=entry.revision, content_sha256=content_sha256)


def test_r_020_the_catalogue_has_51_services_each_with_the_version_of_its_document() -> None:
    versions = {"kingdee": "2024-02", "shopex": "2025-06-20", "alibaba": "20220706"}
    services = load_all().services
    assert Counter(service.provider for service in services) == {"kingdee": 19, "shopex": 3, "alibaba": 29}
    for service in services:
        assert service.sources and {source.version for source in service.sources} == {versions[service.provider]}


def test_r_020_a_service_that_the_catalogue_lacks_is_refused_and_the_others_are_answered() -> None:
    selection = select(want("alibaba-1"), want("unknown-1"))
    assert violated(selection) == {"R-020"} and fields(selection, "R-020") == ["services[1].service"]
    assert [item.service for item in selection.items] == ["alibaba-1"]


def test_r_020_a_revision_that_was_never_published_is_refused_by_its_number() -> None:
    request = SelectionRequest(services=(WantedService(service="alibaba-1", revision=7),))
    selection = compose(request, {"alibaba-1": revision("alibaba-1")}, CALENDAR)
    assert fields(selection, "R-020") == ["services[0].revision"]
    (refused,) = selection.violations
    assert refused.about == "alibaba-1@7"
    assert "no revision 7 of service 'alibaba-1'" in refused.text_en and "“alibaba-1”的第7版" in refused.text_zh


def test_r_020_a_service_that_is_no_longer_sold_is_refused() -> None:
    entry = revision("alibaba-1")
    retired = Revision(service=entry.service, revision=1, content_sha256=entry.content_sha256, retired=True)
    request = SelectionRequest(services=(WantedService(service="alibaba-1"),))
    assert violated(compose(request, {"alibaba-1": retired}, CALENDAR)) == {"R-020"}


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("editions", ["gold"]),
        ("options", {"flight": "1"}),
        ("quantities", {"moons": "1"}),
        ("chosen_items", ["月球部署"]),
        ("prepared", {"rocket": "2026-01-05"}),
        ("bookings", [{"option": "flight", "requested_on": "2026-01-05", "day": "2026-01-08"}]),
    ],
)
def test_r_021_what_the_entry_does_not_list_is_out_of_scope(kind: str, asked: object) -> None:
    selection = select({**want("alibaba-9", "basic"), kind: asked})
    assert "R-021" in violated(selection) and f"services[0].{kind}" in fields(selection, "R-021")


def test_r_021_an_option_belongs_to_its_edition() -> None:
    support = {"options": {"on-site-support": "1"}}
    assert "R-021" not in violated(select({**want("alibaba-10", "consulting", "basic"), **support}))
    assert "R-021" in violated(select({**want("alibaba-10", "consulting", "standard"), **support}))


def test_r_021_a_pack_is_counted_only_where_it_is_chosen() -> None:
    assert "R-021" not in violated(select(want("alibaba-10", "consulting", "basic", basic=2)))
    refused = select(want("alibaba-10", "consulting", "basic", standard=2))
    assert fields(refused, "R-021") == ["services[0].quantities"]


@pytest.mark.parametrize(
    ("service", "group"), [("alibaba-26", ("basic", "standard", "advanced")), ("alibaba-23", ("basic", "standard"))]
)
def test_r_022_a_mandatory_edition_group_takes_exactly_one(service: str, group: tuple[str, ...]) -> None:
    for chosen in chain.from_iterable(combinations(group, size) for size in range(len(group) + 1)):
        assert ("R-022" in violated(select(want(service, *chosen)))) == (len(chosen) != 1)


def test_r_023_consulting_is_mandatory_and_implementation_optional() -> None:
    assert "R-023" in violated(select(want("alibaba-10", "basic")))
    assert "R-023" in violated(select(want("alibaba-10", "consulting", "basic", "standard")))
    assert select(want("alibaba-10", "consulting")).valid
    assert select(want("alibaba-10", "consulting", "basic")).valid
    assert (
        select(want("alibaba-23", "standard")).valid and select(want("alibaba-23", "standard", "implementation")).valid
    )
    assert "R-023" in violated(select(want("alibaba-29", "implementation")))
    assert select(want("alibaba-29", "consulting")).valid


def test_r_024_the_basic_edition_takes_exactly_one_of_two_options() -> None:
    both = ("network-planning", "security-protection")
    assert "R-024" in violated(select(want("alibaba-26", "basic")))
    assert "R-024" in violated(select(want("alibaba-26", "basic", *both)))
    assert select(want("alibaba-26", "basic", "network-planning")).valid
    assert "R-024" not in violated(select(want("alibaba-26", "standard")))


def test_r_024_the_option_that_was_not_chosen_is_not_delivered() -> None:
    scope = {row.item_zh: row for row in only(select(want("alibaba-26", "basic", "network-planning"))).scope}
    assert scope["网络规划"].support == "choose_one" and scope["网络规划"].included
    assert not scope["安全防护"].included


@pytest.mark.parametrize(
    ("service", "first", "second"),
    [
        ("alibaba-2", "basic", "premium"),
        ("alibaba-3", "verification", "basic"),
        ("alibaba-7", "resident-5x8", "remote-5x8"),
        ("alibaba-9", "basic", "enterprise"),
        ("alibaba-11", "standard", "premium"),
        ("alibaba-12", "high-compatibility", "general"),
        ("alibaba-16", "standard", "advanced"),
        ("alibaba-17", "support-5x8", "support-7x24"),
        ("alibaba-24", "camp-lite", "camp-standard"),
        ("kingdee-3.1", "basic", "standard"),
    ],
)
def test_r_025_packages_described_side_by_side_are_a_single_choice(service: str, first: str, second: str) -> None:
    assert "R-025" in violated(select(want(service, first, second)))
    assert "R-025" not in violated(select(want(service, first)))


def test_r_026_what_is_not_sold_alone_needs_the_other_before_or_together() -> None:
    assert "R-026" in violated(select(want("alibaba-13")))
    assert select(want("alibaba-13"), bought=["alibaba-12"]).valid
    assert "R-026" not in violated(select(want("alibaba-12", "general"), want("alibaba-13")))
    for service, alone, base in (
        ("alibaba-10", "basic", "consulting"),
        ("alibaba-10", "standard", "consulting"),
        ("alibaba-29", "implementation", "consulting"),
        ("alibaba-23", "implementation", "basic"),
        ("alibaba-23", "implementation", "standard"),
        ("alibaba-28", "optimisation", "analysis"),
        ("alibaba-28", "operation", "analysis"),
        ("alibaba-27", "supplement", "base"),
    ):
        assert "R-026" in violated(select(want(service, alone)))
        assert select(want(service, base, alone)).valid
        assert select(want(service, alone), bought=[f"{service}:{base}"]).valid


def test_r_027_the_request_needs_the_accepted_plan_and_the_purchase_does_not() -> None:
    requested = {"bought": ["alibaba-12"], "applied_on": "2026-09-21"}
    refused = select(want("alibaba-13"), **requested)
    assert violated(refused) == {"R-027"} and fields(refused, "R-027") == ["accepted"]
    assert select(want("alibaba-13"), **requested, accepted=["alibaba-12:conversion-plan"]).valid
    assert "R-027" in warned(select(want("alibaba-13"), bought=["alibaba-12"]))


@pytest.mark.parametrize("spelling", MPAAS_SPELLINGS)
@pytest.mark.parametrize("service", ["alibaba-15", "alibaba-16", "alibaba-22"])
def test_r_028_a_product_is_known_by_each_of_its_spellings(service: str, spelling: str) -> None:
    edition = ("standard",) if service == "alibaba-16" else ()
    assert fields(select(want(service, *edition), owned_products=["PTS"]), "R-028") == ["owned_products"]
    assert select(want(service, *edition), owned_products=[spelling, "性能测试服务PTS服务"]).valid


def test_r_028_each_chosen_module_needs_its_product() -> None:
    products = {
        "anti-ddos": "DDoS高防",
        "web-firewall": "WAF",
        "cloud-firewall": "云防火墙",
        "bastion-host": "堡垒机",
        "security-centre": "云安全中心",
        "database-audit": "数据库审计",
    }
    chosen = want("alibaba-17", *products, "support-5x8")
    assert select(chosen, owned_products=list(products.values())).valid
    for module, product in products.items():
        others = [name for name in products.values() if name != product]
        lacking = select(chosen, owned_products=others)
        assert violated(lacking) == {"R-028"} and len(lacking.violations) == 1
        assert select(want("alibaba-17", module, "support-5x8"), owned_products=[product]).valid


@pytest.mark.parametrize(
    ("service", "owned"),
    [
        ("kingdee-3.7", ["苍穹"]),
        ("kingdee-3.7", ["星瀚"]),
        ("kingdee-3.10", ["金蝶云·星空（标准版）"]),
        ("kingdee-3.12", ["EAS Cloud"]),
        ("kingdee-3.13", ["金蝶云·星空(企业版)"]),
        ("kingdee-3.14", ["金蝶云·星空（企业版）"]),
        ("kingdee-3.19", ["s-HR"]),
    ],
)
def test_r_028_the_product_lists_of_kingdee_are_alternatives(service: str, owned: list[str]) -> None:
    assert "R-028" in violated(select(want(service), owned_products=["云防火墙"]))
    assert "R-028" not in violated(select(want(service), owned_products=owned))


def test_r_028_the_standard_edition_is_not_the_enterprise_edition() -> None:
    assert "R-028" in violated(select(want("kingdee-3.13"), owned_products=["金蝶云·星空（标准版）"]))


@pytest.mark.parametrize("part", ["resource-platform", "资源管理平台", "监控管理平台", "成本运营平台"])
def test_r_039_a_part_of_the_operation_platform_is_not_sold(part: str) -> None:
    assert violated(select(want("alibaba-28", "analysis", part))) == {"R-039"}
    assert select(want("alibaba-28", "analysis", "operation")).valid


def test_r_039_the_platform_is_a_subscription_by_month_or_year() -> None:
    units = {edition.id: edition.pricing_unit for edition in revision("alibaba-28").service.editions}
    assert units["operation"] == "month_or_year"


@pytest.mark.parametrize(
    ("service", "support"),
    [
        ("alibaba-2", "on_demand"),
        ("alibaba-3", "unsupported"),
        ("alibaba-7", "unsupported"),
        ("alibaba-10", "supported"),
        ("alibaba-11", "unsupported"),
        ("alibaba-12", "unsupported"),
        ("alibaba-16", "supported"),
        ("alibaba-23", "unsupported"),
        ("alibaba-26", "choose_one"),
    ],
)
def test_r_041_a_cell_has_one_of_four_values(service: str, support: str) -> None:
    cells = [cell.support for row in revision(service).service.matrix for cell in row.cells.values()]
    assert support in cells
    assert set(cells) <= {"supported", "unsupported", "on_demand", "choose_one", None}


def test_r_041_an_item_that_the_edition_does_not_support_cannot_be_chosen() -> None:
    chosen = {"chosen_items": ["财务管理"]}
    refused = select({**want("alibaba-26", "basic", "network-planning"), **chosen})
    assert violated(refused) == {"R-041"} and fields(refused, "R-041") == ["services[0].chosen_items"]
    assert select({**want("alibaba-26", "standard"), **chosen}).valid


def test_r_042_a_custom_package_names_its_items_and_what_comes_after_is_included_by_default() -> None:
    assert violated(select(want("alibaba-2", "custom"))) == {"R-042"}
    item = next(r.item_zh for r in revision("alibaba-2").service.matrix if r.cells["custom"].support == "on_demand")
    custom = {**want("alibaba-2", "custom"), "chosen_items": [item]}
    scope = only(select(custom)).scope
    after = {row.item_zh for row in scope if row.support is None}
    assert after and {row.item_zh for row in scope if row.included} == {item, *after}
    excluded = only(select({**custom, "readings": {"after_event": "excluded"}})).scope
    assert {row.item_zh for row in excluded if row.included} == {item}


@pytest.mark.parametrize("service", ["alibaba-2", "alibaba-16", "alibaba-17", "alibaba-18", "alibaba-21"])
def test_r_043_a_conditional_deliverable_is_required_only_when_its_condition_holds(service: str) -> None:
    entries = [d for d in revision(service).service.deliverables if d.conditional]
    assert entries
    for conditions in ([], [entry.id for entry in entries]):
        due = select({**want(service), "conditions": conditions}).items[0].deliverables
        required = {d.id for d in due if d.required}
        conditional = {entry.id for entry in entries if entry.id in {d.id for d in due}}
        assert required & conditional == (conditional if conditions else set())


def test_r_043_only_a_conditional_deliverable_has_a_condition() -> None:
    plain = next(d for d in revision("alibaba-18").service.deliverables if not d.conditional)
    assert "R-043" in violated(select({**want("alibaba-18"), "conditions": [plain.id]}))
    assert "R-043" in violated(select({**want("alibaba-18"), "conditions": ["nothing"]}))


@pytest.mark.parametrize(
    ("service", "edition", "first", "second"),
    [
        ("alibaba-1", (), "project-charter", "kick-off-material"),
        ("alibaba-27", ("base",), "business-canvas", "value-tree"),
    ],
)
def test_r_044_of_alternative_deliverables_one_is_enough(
    service: str, edition: tuple[str, ...], first: str, second: str
) -> None:
    due = {d.id: d for d in only(select(want(service, *edition))).deliverables}
    assert due[first].alternatives == (second,)
    assert due[second].alternatives == (first,)


@pytest.mark.parametrize("together", list(chain.from_iterable(combinations(SHOPEX, size) for size in (1, 2, 3))))
def test_r_045_shopex_services_are_combined_freely(together: tuple[str, ...]) -> None:
    selection = select(*(want(service) for service in together))
    assert selection.valid
    assert [item.service for item in selection.items] == list(together)


@pytest.mark.parametrize("number", [2, 3, 4, 9, 10, 11, 21, 26, 27, 28])
def test_r_046_a_document_is_known_by_each_of_its_names_and_acceptance_counts_its_own(number: int) -> None:
    service = revision(f"alibaba-{number}").service
    editions = [edition.id for edition in service.editions]
    aliased = {d.name_zh: d.aliases for d in service.deliverables if d.aliases}
    due = {d.name_zh: d.aliases for d in only(select(want(service.id, *editions))).deliverables}
    assert aliased and aliased.items() <= due.items()
    covered = {cover.name_zh for entry in service.acceptance for cover in entry.covers}
    assert covered.isdisjoint(alias for aliases in aliased.values() for alias in aliases)


def test_r_046_a_condition_may_name_the_deliverable_by_name() -> None:
    entry = next(d for d in revision("alibaba-21").service.deliverables if d.conditional)
    due = only(select({**want("alibaba-21"), "conditions": [entry.name_zh]})).deliverables
    assert next(d for d in due if d.id == entry.id).required


def test_r_028_every_product_that_an_entry_asks_for_is_in_the_table() -> None:
    asked = {p.of_zh for service in load_all().services for p in service.prerequisites if p.kind == "product_owned"}
    unknown = [name for name in asked if name and not is_known(name)]
    assert asked and unknown == []
    assert not is_known("月球产品")
