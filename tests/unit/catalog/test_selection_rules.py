"""Every rule of sections B and C over the shipped entries, with the figures of the rule book."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
import pytest

from services.catalog.loading import content_hash, data_folder, read_service
from services.catalog.selection.case import Revision
from services.catalog.selection.composing import RULES, compose
from services.catalog.selection.request import Selection, SelectionRequest
from services.cli.shipped_calendar import load_shipped


@cache
def revision(service: str) -> Revision:
    """The shipped file as its first revision."""
    entry = read_service(data_folder() / "services" / f"{service}.yaml").service
    return Revision(service=entry, revision=1, content_sha256=content_hash(entry))


def select(*services: dict[str, Any], **others: Any) -> Selection:
    """A selection over the shipped files."""
    request = msgspec.convert({"services": services, **others}, SelectionRequest, strict=False)
    known = {w.service: revision(w.service) for w in request.services if not w.service.startswith("unknown")}
    return compose(request, known, load_shipped())


def want(service: str, *editions: str, **quantities: Any) -> dict[str, Any]:
    """One wanted service; an underscore of a quantity stands for a hyphen."""
    named = {name.replace("_", "-"): str(value) for name, value in quantities.items()}
    return {"service": service, "editions": editions, "quantities": named}


def violated(selection: Selection) -> set[str]:
    """The rules that are violated."""
    return {finding.rule for finding in selection.violations}


def warned(selection: Selection) -> set[str]:
    """The rules that warn."""
    return {finding.rule for finding in selection.warnings}


def test_r_014_r_020_the_answer_pins_revision_and_content() -> None:
    item = select(want("alibaba-1", tables=50)).items[0]
    assert (item.revision, item.content_sha256) == (1, revision("alibaba-1").content_sha256)


def test_r_020_a_service_that_the_catalogue_lacks_is_refused_and_the_others_are_answered() -> None:
    selection = select(want("unknown-1"), want("alibaba-1"))
    assert violated(selection) == {"R-020"}
    assert [item.service for item in selection.items] == ["alibaba-1"]


def test_r_021_what_the_entry_does_not_list_is_out_of_scope() -> None:
    assert "R-021" in violated(select(want("alibaba-9", "gold")))


@pytest.mark.parametrize(
    ("service", "first", "second"), [("alibaba-26", "basic", "standard"), ("alibaba-23", "basic", "standard")]
)
def test_r_022_a_mandatory_edition_group_takes_exactly_one(service: str, first: str, second: str) -> None:
    assert "R-022" in violated(select(want(service)))
    assert "R-022" in violated(select(want(service, first, second)))
    assert "R-022" not in violated(select(want(service, first)))


def test_r_023_consulting_is_mandatory_and_implementation_optional() -> None:
    assert "R-023" in violated(select(want("alibaba-10", "basic")))
    assert "R-023" in violated(select(want("alibaba-10", "consulting", "basic", "standard")))
    assert select(want("alibaba-10", "consulting")).valid
    assert select(want("alibaba-10", "consulting", "basic")).valid
    assert "R-023" in violated(select(want("alibaba-29", "implementation")))


def test_r_024_the_basic_edition_takes_exactly_one_of_two_options() -> None:
    assert "R-024" in violated(select(want("alibaba-26", "basic")))
    assert "R-024" in violated(select(want("alibaba-26", "basic", "network-planning", "security-protection")))
    assert "R-024" not in violated(select(want("alibaba-26", "basic", "network-planning")))
    assert "R-024" not in violated(select(want("alibaba-26", "standard")))


@pytest.mark.parametrize("service", ["alibaba-2", "alibaba-3", "alibaba-7", "alibaba-9", "alibaba-11", "alibaba-12"])
def test_r_025_packages_described_side_by_side_are_a_single_choice(service: str) -> None:
    first, second = [edition.id for edition in revision(service).service.editions][:2]
    assert "R-025" in violated(select(want(service, first, second)))
    assert "R-025" not in violated(select(want(service, first)))


def test_r_026_what_is_not_sold_alone_needs_the_other_before_or_together() -> None:
    assert "R-026" in violated(select(want("alibaba-13")))
    assert select(want("alibaba-13"), bought=["alibaba-12"]).valid
    assert "R-026" not in violated(select(want("alibaba-12", "general"), want("alibaba-13")))
    assert "R-026" in violated(select(want("alibaba-10", "basic")))
    assert "R-026" in violated(select(want("alibaba-23", "implementation")))
    assert "R-026" in violated(select(want("alibaba-28", "operation")))
    assert "R-026" in violated(select(want("alibaba-27", "supplement")))


def test_r_027_the_request_needs_the_accepted_plan_and_the_purchase_does_not() -> None:
    requested = {"bought": ["alibaba-12"], "applied_on": "2026-09-21"}
    assert violated(select(want("alibaba-13"), **requested)) == {"R-027"}
    assert select(want("alibaba-13"), **requested, accepted=["alibaba-12:conversion-plan"]).valid
    assert "R-027" in warned(select(want("alibaba-13"), bought=["alibaba-12"]))


def test_r_028_products_are_owned_before_the_purchase_for_each_module() -> None:
    assert "R-028" in violated(select(want("alibaba-15")))
    assert select(want("alibaba-15"), owned_products=["移动开发平台mPaaS"]).valid
    modules = want("alibaba-17", "web-firewall", "bastion-host", "support-5x8")
    lacking = select(modules, owned_products=["Web应用防火墙产品"]).violations
    assert [(f.rule, f.field) for f in lacking] == [("R-028", "堡垒机产品")]


def test_r_029_recommended_packs_warn_and_never_block() -> None:
    few, enough = (select(want("alibaba-23", "standard", implementation_packs=n)) for n in (1, 2))
    assert few.valid and "R-029" in warned(few)
    assert "R-029" not in warned(enough)


@pytest.mark.parametrize(("tables", "units"), [(0, 1), (50, 1), (51, 2), (120, 3)])
def test_r_030_fifty_tables_are_a_unit(tables: int, units: int) -> None:
    assert select(want("alibaba-1", tables=tables)).items[0].packs[0].units == units


@pytest.mark.parametrize(("terabytes", "units"), [("1.0", 1), ("1.2", 2), ("2.0", 2), ("2.1", 3)])
def test_r_031_a_started_terabyte_is_a_pack(terabytes: str, units: int) -> None:
    pack = select(want("alibaba-13", data_terabytes=terabytes)).items[0].packs[0]
    assert (pack.units, pack.arithmetic) == (units, f"max(1, ceil({terabytes} / 1)) = {units}")


@pytest.mark.parametrize(("name", "above"), [("tables", 100), ("data_gigabytes", 100), ("applications", 2)])
def test_r_032_above_the_example_a_premium_pack_is_bought_and_exactly_100_is_above(name: str, above: int) -> None:
    wanted = want("alibaba-12", "general", **{name: above})
    assert violated(select(wanted)) == {"R-032"}
    assert select(wanted, want("alibaba-13")).valid
    assert select(want("alibaba-12", "general", **{name: above - 1})).valid


@pytest.mark.parametrize(
    ("resources", "edition"), [(1, "basic"), (100, "basic"), (101, "enterprise"), (500, "enterprise"), (501, None)]
)
def test_r_033_the_tier_follows_the_resources(resources: int, edition: str | None) -> None:
    for chosen in ("basic", "enterprise"):
        selection = select(want("alibaba-9", chosen, resources=resources))
        assert violated(selection) == (set() if chosen == edition else {"R-033"})


@pytest.mark.parametrize(
    ("applications", "nodes", "drills", "smallest"),
    [(5, 99, 50000, "basic"), (5, 100, 50000, "standard"), (10, 199, 100000, "standard"), (11, 1, 1, "premium")],
)
def test_r_034_the_tier_follows_applications_nodes_and_drills(
    applications: int, nodes: int, drills: int, smallest: str
) -> None:
    tiers = ["basic", "standard", "premium"]
    for position, chosen in enumerate(tiers):
        wanted = want("alibaba-3", chosen, applications=applications, nodes=nodes, drills=drills)
        assert ("R-034" in violated(select(wanted))) == (position < tiers.index(smallest))


def test_r_034_beyond_the_last_tier_is_a_special_agreement_and_verification_is_drills_only() -> None:
    assert "R-034" in violated(select(want("alibaba-3", "premium", nodes=500)))
    assert select(want("alibaba-3", "verification", drills=50000)).valid
    assert "R-034" in violated(select(want("alibaba-3", "verification", drills=50001)))


@pytest.mark.parametrize(
    ("edition", "minutes", "scenarios", "bottlenecks"),
    [("standard", 10_000_000, 1, 0), ("advanced", 20_000_000, 2, 2), ("premium", 40_000_000, 3, 4)],
)
def test_r_035_package_quotas(edition: str, minutes: int, scenarios: int, bottlenecks: int) -> None:
    quotas = {"virtual_user_minutes": minutes, "scenarios": scenarios, "bottlenecks": bottlenecks}
    owned = ["移动开发平台mPaas", "性能测试服务PTS服务"]
    assert select(want("alibaba-16", edition, **quotas), owned_products=owned).valid
    for name, quota in quotas.items():
        over = want("alibaba-16", edition, **{name: quota + 1})
        assert violated(select(over, owned_products=owned)) == {"R-035"}
    assert violated(select(want("alibaba-16", edition, script_lines=2000), owned_products=owned)) == {"R-035"}


@pytest.mark.parametrize(("name", "most"), [("tables", 1500), ("jobs", 300), ("data_terabytes", 500)])
def test_r_036_volume_of_an_implementation_pack(name: str, most: int) -> None:
    editions = ("consulting", "implementation")
    assert select(want("alibaba-29", *editions, **{name: most})).valid
    assert violated(select(want("alibaba-29", *editions, **{name: most + 1}))) == {"R-036"}


@pytest.mark.parametrize(
    ("service", "name", "most"),
    [("alibaba-18", "source_tables", 50), ("alibaba-18", "indicators_or_tags", 50), ("alibaba-25", "jobs", 1)],
)
def test_r_037_scope_limits(service: str, name: str, most: int) -> None:
    assert select(want(service, **{name: most})).valid
    assert violated(select(want(service, **{name: most + 1}))) == {"R-037"}


@pytest.mark.parametrize(("classes", "modes", "units"), [(1, 3, 0), (2, 3, 1), (1, 5, 2), (3, 4, 3)])
def test_r_038_add_on_packs_for_user_classes_and_business_modes(classes: int, modes: int, units: int) -> None:
    figures = {"user_classes": classes, "business_modes": modes}
    selection = select(want("alibaba-27", "base", **figures))
    assert selection.items[0].packs[0].units == units
    assert violated(selection) == ({"R-038"} if units else set())
    assert select(want("alibaba-27", "base", "supplement", **figures)).valid


def test_r_038_departments_and_systems_above_are_assessed() -> None:
    for over in ({"departments": 3}, {"integrated_systems": 6}):
        selection = select(want("alibaba-27", "base", **over))
        assert selection.valid and "R-038" in warned(selection)


def test_r_039_a_part_of_the_operation_platform_is_not_sold() -> None:
    assert not select(want("alibaba-28", "analysis", "cost-management")).valid
    assert select(want("alibaba-28", "analysis", "operation")).valid


def test_r_040_minimum_purchase() -> None:
    assert "R-040" in violated(select(want("kingdee-3.9", "visit", person_days="0.5")))
    assert select(want("kingdee-3.9", "visit", person_days=1)).valid
    assert "R-040" in violated(select(want("kingdee-3.9", "long-residence", months=0)))


def test_r_042_a_custom_package_names_its_items() -> None:
    item = next(r.item_zh for r in revision("alibaba-2").service.matrix if r.cells["custom"].support == "on_demand")
    assert violated(select(want("alibaba-2", "custom"))) == {"R-042"}
    assert select({**want("alibaba-2", "custom"), "chosen_items": [item]}).valid


def test_r_043_a_conditional_deliverable_is_required_only_when_its_condition_holds() -> None:
    entry = next(d for d in revision("alibaba-18").service.deliverables if d.conditional)
    for conditions in ([], [entry.id]):
        due = select({**want("alibaba-18"), "conditions": conditions}).items[0].deliverables
        assert next(d for d in due if d.id == entry.id).required == bool(conditions)


def test_r_044_of_alternative_deliverables_one_is_enough() -> None:
    due = {d.id: d for d in select(want("alibaba-1")).items[0].deliverables}
    assert due["project-charter"].alternatives == ("kick-off-material",)


@pytest.mark.parametrize(
    ("service", "rule", "days"), [("alibaba-1", "R-050", 10), ("alibaba-24", "R-051", 15), ("alibaba-6", "R-052", 0)]
)
def test_r_050_r_051_r_052_the_earliest_start_shows_its_counted_days(service: str, rule: str, days: int) -> None:
    start = select(want(service), applied_on="2026-09-21").items[0].start
    assert start is not None
    assert (start.rule, sum(day.counted for day in start.days)) == (rule, days)


@pytest.mark.parametrize(("service", "days"), [("alibaba-11", 15), ("alibaba-12", 10), ("alibaba-13", 10)])
def test_r_053_of_two_lead_times_the_stricter_wins(service: str, days: int) -> None:
    start = select(want(service), applied_on="2026-09-21").items[0].start
    assert start is not None and sum(day.counted for day in start.days) == days


def test_r_054_bulk_resources_are_recommended_a_month_ahead() -> None:
    days = {"applied_on": date(2026, 3, 2), "bulk_resources": True}
    early = select(want("alibaba-1"), **days, start_on=date(2026, 3, 20))
    assert early.valid and "R-054" in warned(early)
    assert "R-054" not in warned(select(want("alibaba-1"), **days, start_on=date(2026, 4, 7)))


@pytest.mark.parametrize(
    ("service", "rule"),
    [
        ("alibaba-10", "R-055"),
        ("alibaba-2", "R-056"),
        ("alibaba-19", "R-059"),
        ("alibaba-21", "R-060"),
        ("alibaba-17", "R-061"),
    ],
)
def test_r_055_to_r_061_conditions_of_the_order_are_told(service: str, rule: str) -> None:
    assert rule in warned(select(want(service)))


def test_r_062_an_early_start_needs_the_consent_of_the_provider() -> None:
    days = {"applied_on": "2026-09-21", "start_on": "2026-09-25"}
    assert violated(select(want("alibaba-1"), **days)) == {"R-050", "R-062"}
    agreed = select(want("alibaba-1"), **days, start_agreed=True)
    assert agreed.valid and "R-062" in warned(agreed)
    earliest = agreed.earliest_start
    assert earliest is not None and select(want("alibaba-1"), applied_on="2026-09-21", start_on=earliest).valid


@pytest.mark.parametrize("quantity", [Decimal("NaN"), Decimal(-1), Decimal("1e40")])
def test_what_is_no_quantity_is_refused(quantity: Decimal) -> None:
    with pytest.raises(msgspec.ValidationError):
        select(want("alibaba-1", tables=quantity))


def test_the_table_of_rules_names_each_rule_it_decides_once_a_function() -> None:
    assert len(set(RULES.values())) == len(RULES)
