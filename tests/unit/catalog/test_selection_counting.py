"""Packs, tiers, limits, quotas and minimums with the figures of the rule book (R-029..R-038, R-040)."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from shared.catalogue.selection.request import SelectionRequest
from shared.kernel.errors import InvalidRequest
from shared.web.bodies import decode_body
from tests.unit.catalog.selections import fields, only, revision, select, violated, want, warned


def test_r_029_recommended_packs_warn_and_never_block() -> None:
    for edition, enough in (("basic", 1), ("standard", 2)):
        few = select(want("alibaba-23", edition, implementation_packs=enough - 1))
        assert few.valid and "R-029" in warned(few)
        assert "R-029" not in warned(select(want("alibaba-23", edition, implementation_packs=enough)))


def test_r_029_the_implementation_that_is_ordered_counts_as_one_pack() -> None:
    assert "R-029" not in warned(select(want("alibaba-23", "basic", "implementation")))
    assert "R-029" in warned(select(want("alibaba-23", "standard", "implementation")))
    assert "R-029" not in warned(select(want("alibaba-23", "standard", "implementation", implementation=2)))


@pytest.mark.parametrize(("tables", "units"), [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (120, 3)])
def test_r_030_fifty_tables_are_a_unit(tables: int, units: int) -> None:
    assert only(select(want("alibaba-1", tables=tables))).packs[0].units == units


@pytest.mark.parametrize(("participants", "sessions"), [(1, 1), (30, 1), (31, 2), (60, 2), (61, 3)])
def test_r_255_a_started_group_of_thirty_participants_is_a_session(participants: int, sessions: int) -> None:
    packs = only(select(want("alibaba-24", participants=participants))).packs
    (pack,) = (pack for pack in packs if pack.rule == "R-255")
    assert (pack.units, pack.arithmetic) == (sessions, f"max(0, ceil({participants} / 30)) = {sessions}")


@pytest.mark.parametrize(("terabytes", "units"), [("0.3", 1), ("1.0", 1), ("1.2", 2), ("2.0", 2), ("2.1", 3)])
def test_r_031_a_started_terabyte_is_a_pack(terabytes: str, units: int) -> None:
    pack = only(select(want("alibaba-13", data_terabytes=terabytes))).packs[0]
    assert (pack.units, pack.arithmetic) == (units, f"max(1, ceil({terabytes} / 1)) = {units}")


@pytest.mark.parametrize(("terabytes", "units"), [("0.3", 1), ("1.2", 1), ("2.1", 2)])
def test_r_031_the_other_reading_drops_a_started_terabyte(terabytes: str, units: int) -> None:
    wanted = {**want("alibaba-13", data_terabytes=terabytes), "readings": {"started_terabyte": "down"}}
    assert only(select(wanted)).packs[0].units == units


def test_r_031_fewer_packs_than_the_size_asks_for_are_refused() -> None:
    bought = {"bought": ["alibaba-12"]}
    refused = select(want("alibaba-13", data_terabytes="2.1", premium=2), **bought)
    assert violated(refused) == {"R-031"} and fields(refused, "R-031") == ["services[0].quantities"]
    assert select(want("alibaba-13", data_terabytes="2.1", premium=3), **bought).valid


@pytest.mark.parametrize(
    ("name", "above"), [("tables", 100), ("data_gigabytes", 100), ("applications", 2), ("oracle_instances", 2)]
)
def test_r_032_above_the_example_a_premium_pack_is_bought_and_exactly_100_is_above(name: str, above: int) -> None:
    wanted = want("alibaba-12", "general", **{name: above})
    assert violated(select(wanted)) == {"R-032"}
    assert select(wanted, want("alibaba-13")).valid
    assert select(wanted, want("alibaba-13", premium=1)).valid
    assert violated(select(wanted, want("alibaba-13", premium=0))) == {"R-032"}
    assert select(wanted, bought=["alibaba-13"]).valid
    assert select(want("alibaba-12", "general", **{name: above - 1})).valid


def test_r_032_both_tables_and_data_have_to_be_below() -> None:
    assert select(want("alibaba-12", "general", tables=99, data_gigabytes="99.9")).valid
    assert violated(select(want("alibaba-12", "general", tables=99, data_gigabytes=100))) == {"R-032"}


def test_r_032_the_other_reading_leaves_exactly_100_within() -> None:
    within = {"readings": {"at_limit": "within"}}
    assert select({**want("alibaba-12", "general", tables=100, data_gigabytes=100), **within}).valid
    assert not select({**want("alibaba-12", "general", tables=101), **within}).valid


@pytest.mark.parametrize(
    ("resources", "edition"), [(1, "basic"), (100, "basic"), (101, "enterprise"), (500, "enterprise"), (501, None)]
)
def test_r_033_the_tier_follows_the_resources(resources: int, edition: str | None) -> None:
    for chosen in ("basic", "enterprise"):
        selection = select(want("alibaba-9", chosen, resources=resources))
        assert violated(selection) == (set() if chosen == edition else {"R-033"})


@pytest.mark.parametrize(
    ("applications", "nodes", "drills", "smallest"),
    [
        (5, 99, 50_000, "basic"),
        (5, 100, 50_000, "standard"),
        (6, 99, 50_000, "standard"),
        (5, 99, 50_001, "standard"),
        (10, 199, 100_000, "standard"),
        (10, 200, 100_000, "premium"),
        (11, 1, 1, "premium"),
        (20, 499, 200_000, "premium"),
    ],
)
def test_r_034_the_tier_follows_applications_nodes_and_drills(
    applications: int, nodes: int, drills: int, smallest: str
) -> None:
    tiers = ["basic", "standard", "premium"]
    for position, chosen in enumerate(tiers):
        wanted = want("alibaba-3", chosen, applications=applications, nodes=nodes, drills=drills)
        assert ("R-034" in violated(select(wanted))) == (position < tiers.index(smallest))


@pytest.mark.parametrize(("name", "beyond"), [("applications", 21), ("nodes", 500), ("drills", 200_001)])
def test_r_034_beyond_the_last_tier_is_a_special_agreement(name: str, beyond: int) -> None:
    assert violated(select(want("alibaba-3", "premium", **{name: beyond}))) == {"R-034"}


def test_r_034_the_verification_package_is_for_drills_only() -> None:
    assert select(want("alibaba-3", "verification", drills=50_000)).valid
    assert "R-034" in violated(select(want("alibaba-3", "verification", drills=50_001)))
    assert "R-034" in violated(select(want("alibaba-3", "verification", drills=1, nodes=1)))


@pytest.mark.parametrize(
    ("edition", "minutes", "scenarios", "bottlenecks", "weeks"),
    [
        ("standard", 10_000_000, 1, 0, 1),
        ("advanced", 20_000_000, 2, 2, 2),
        ("premium", 40_000_000, 3, 4, 3),
    ],
)
def test_r_035_package_quotas(edition: str, minutes: int, scenarios: int, bottlenecks: int, weeks: int) -> None:
    quotas = {"virtual_user_minutes": minutes, "scenarios": scenarios, "bottlenecks": bottlenecks}
    owned = {"owned_products": ["mPaaS", "PTS"]}
    assert select(want("alibaba-16", edition, **quotas), **owned).valid
    for name, quota in quotas.items():
        assert violated(select(want("alibaba-16", edition, **{name: quota + 1}), **owned)) == {"R-035"}
    periods = [p for p in revision("alibaba-16").service.service_periods if p.editions == (edition,)]
    assert [(p.min, p.max, p.unit, p.approx) for p in periods] == [(weeks, weeks, "week", True)]


def test_r_035_one_or_two_scripts_of_less_than_2000_lines() -> None:
    owned = {"owned_products": ["mPaaS", "PTS"]}
    for scripts, lines, is_valid in ((1, 1999, True), (2, 1, True), (0, 1, False), (3, 1, False), (1, 2000, False)):
        wanted = want("alibaba-16", "standard", scripts=scripts, script_lines=lines)
        assert violated(select(wanted, **owned)) == (set() if is_valid else {"R-035"})


@pytest.mark.parametrize(("name", "most"), [("tables", 1500), ("jobs", 300), ("data_terabytes", 500)])
def test_r_036_volume_of_an_implementation_pack(name: str, most: int) -> None:
    editions = ("consulting", "implementation")
    assert select(want("alibaba-29", *editions, **{name: most})).valid
    assert violated(select(want("alibaba-29", *editions, **{name: most + 1}))) == {"R-036"}


@pytest.mark.parametrize(
    ("service", "editions", "name", "most"),
    [
        ("alibaba-18", (), "source_tables", 50),
        ("alibaba-18", (), "indicators_or_tags", 50),
        ("alibaba-25", (), "jobs", 1),
        ("alibaba-25", (), "source_tables", 1),
        ("alibaba-11", ("standard",), "example_applications", 1),
    ],
)
def test_r_037_scope_limits(service: str, editions: tuple[str, ...], name: str, most: int) -> None:
    assert select(want(service, *editions, **{name: most})).valid
    refused = select(want(service, *editions, **{name: most + 1}))
    assert violated(refused) == {"R-037"}
    assert fields(refused, "R-037") == [f"services[0].quantities.{name.replace('_', '-')}"]


def test_r_037_several_of_alibaba_14_are_bought_for_several_applications() -> None:
    selection = select(want("alibaba-14", applications=3))
    assert selection.valid and only(selection).packs[0].units == 3


@pytest.mark.parametrize(
    ("classes", "modes", "units"), [(1, 3, 0), (0, 0, 0), (2, 3, 1), (1, 4, 1), (1, 5, 2), (3, 4, 3)]
)
def test_r_038_add_on_packs_for_user_classes_and_business_modes(classes: int, modes: int, units: int) -> None:
    figures = {"user_classes": classes, "business_modes": modes}
    selection = select(want("alibaba-27", "base", **figures))
    assert only(selection).packs[0].units == units
    assert violated(selection) == ({"R-038"} if units else set())
    assert select(want("alibaba-27", "base", "supplement", **figures)).valid
    assert select(want("alibaba-27", "base", "supplement", **figures, supplement=units)).valid
    if units:
        too_few = select(want("alibaba-27", "base", "supplement", **figures, supplement=units - 1))
        assert violated(too_few) == {"R-038"}


def test_r_038_departments_and_systems_above_are_assessed() -> None:
    assert "R-038" not in warned(select(want("alibaba-27", "base", departments=2, integrated_systems=5)))
    for over in ({"departments": 3}, {"integrated_systems": 6}):
        selection = select(want("alibaba-27", "base", **over))
        assert selection.valid and "R-038" in warned(selection)


def test_r_040_minimum_purchase() -> None:
    assert "R-040" in violated(select(want("kingdee-3.9", "visit", person_days="0.5")))
    assert select(want("kingdee-3.9", "visit", person_days=1)).valid
    assert "R-040" in violated(select(want("kingdee-3.9", "long-residence", months=0)))
    assert select(want("kingdee-3.9", "long-residence", months=1)).valid
    units = {edition.id: edition.pricing_unit for edition in revision("kingdee-3.9").service.editions}
    assert (units["visit"], units["long-residence"]) == ("person_day", "person_month")


def test_r_040_two_private_environments_are_included() -> None:
    owned = {"owned_products": ["苍穹"]}
    assert "R-040" not in warned(select(want("kingdee-3.7", environments=2), **owned))
    more = select(want("kingdee-3.7", environments=3), **owned)
    assert more.valid and "R-040" in warned(more)


@pytest.mark.parametrize(
    ("service", "editions", "option", "most"),
    [
        ("alibaba-1", (), "on-site-days", 10),
        ("alibaba-18", (), "on-site-days", 2),
        ("alibaba-10", ("consulting", "basic"), "on-site-support", 2),
    ],
)
def test_r_301_the_caps_of_an_option_bound_it(service: str, editions: tuple[str, ...], option: str, most: int) -> None:
    assert select({**want(service, *editions), "options": {option: str(most)}}).valid
    refused = select({**want(service, *editions), "options": {option: str(most + 1)}})
    assert violated(refused) == {"R-301"}
    assert fields(refused, "R-301") == [f"services[0].options.{option}"]


@pytest.mark.parametrize("quantity", [Decimal("NaN"), Decimal(-1), Decimal("1e40")])
def test_what_is_no_quantity_is_refused(quantity: Decimal) -> None:
    body = {"services": [{"service": "alibaba-1", "quantities": {"tables": str(quantity)}}]}
    with pytest.raises(InvalidRequest) as refused:
        decode_body(msgspec.json.encode(body), msgspec.json.Decoder(SelectionRequest))
    assert refused.value.field == "/services/0/quantities/tables"
