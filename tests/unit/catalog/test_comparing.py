"""Two editions side by side, and what depends on what."""

from __future__ import annotations

import pytest

from services.catalog.comparing import as_bought, compare
from services.catalog.depending import dependencies_of
from services.catalog.domain.errors import EditionUnknown
from services.catalog.exporting import entry_document
from services.catalog.loading import data_folder, parse_service, read_service
from tests.unit.catalog.sample import SAMPLE

SERVICE = parse_service(SAMPLE, "alibaba-10.yaml").service
CHAINED = [read_service(data_folder() / "services" / f"alibaba-{number}.yaml").service for number in (12, 13, 15)]


def test_entries_cells_and_figures_of_one_edition_only_are_its_differences() -> None:
    told = [str(change) for change in compare(SERVICE, "consulting", "basic").differences]
    assert "~ edition.kind: sub_service -> pack" in told
    assert "- choices[any]: {kind: any, mandatory: true, rule: R-023, source: 1.1}" in told
    assert "~ matrix[系统调研评估].cells.support: supported -> unsupported" in told
    assert "~ matrix[割接演练].cells.text_zh: null -> 1次" in told
    assert any(line.startswith("- deliverables[design]") for line in told)
    assert any(line.startswith("+ options[visit]") for line in told)
    assert any(line.startswith("+ quantity_rules[visits].figures") for line in told)


def test_what_holds_for_both_editions_is_no_difference() -> None:
    paths = {change.path for change in compare(SERVICE, "consulting", "basic").differences}
    assert not any(path.startswith(("deliverables[plan", "procedure", "raci", "lead_time")) for path in paths)


def test_an_edition_does_not_differ_from_itself() -> None:
    assert compare(SERVICE, "basic", "basic").differences == ()


def test_an_edition_without_a_column_in_the_table_has_none_of_its_rows() -> None:
    assert as_bought(entry_document(SERVICE), "standard")["matrix"] == []


def test_an_edition_that_the_service_does_not_have_is_refused() -> None:
    with pytest.raises(EditionUnknown, match="alibaba-10:gold") as refused:
        compare(SERVICE, "basic", "gold")
    assert (refused.value.field, refused.value.data["known"]) == ("other", "basic, consulting, standard")


def test_r_026_r_027_a_service_tells_what_it_needs_and_what_needs_it() -> None:
    needed = dependencies_of("alibaba-13", CHAINED).needs
    assert [(entry.needs, entry.rule) for entry in needed] == [
        ("alibaba-12", "R-026"),
        ("alibaba-12:conversion-plan", "R-027"),
    ]
    assert dependencies_of("alibaba-12", CHAINED).needed_by == needed


def test_r_028_a_product_is_needed_by_its_name_and_belongs_to_no_service() -> None:
    (product,) = dependencies_of("alibaba-15", CHAINED).needs
    assert (product.kind, product.on) == ("product_owned", None)
    assert "mPaaS" in product.needs


def test_parts_of_one_service_that_need_each_other_stand_in_both_directions() -> None:
    both = dependencies_of("alibaba-10", [SERVICE])
    assert both.needs == both.needed_by
    assert both.needs[0].editions == ("basic",)
