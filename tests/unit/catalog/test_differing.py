"""The readable difference of two revisions."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.differing import differences
from services.catalog.exporting import entry_document
from services.catalog.loading import parse_service
from tests.unit.catalog.sample import SAMPLE, plant

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "a", "b"]), inner, max_size=3),
    max_leaves=8,
)


def document(text: str) -> dict[str, Any]:
    """The export entry of a file."""
    return entry_document(parse_service(text, "alibaba-10.yaml").service)


def lines(old: str, new: str) -> list[str]:
    """What the diff prints when one passage of the sample is replaced."""
    return [str(change) for change in differences(document(SAMPLE), document(plant(old, new)))]


def test_a_changed_value_names_its_entry_and_both_values() -> None:
    assert lines("offset: 15", "offset: 20") == ["~ milestones[方案完成].offset: 15 -> 20"]


def test_an_added_value_is_told_apart_from_a_changed_one() -> None:
    assert lines("name_zh: 现状调研, name_en: Survey,", "name_zh: 调研, name_en: Survey,") == [
        "+ phases[调研]: {name_zh: 调研, name_en: Survey, editions: [consulting], source: 4.2}",
        "- phases[现状调研]: {name_zh: 现状调研, name_en: Survey, editions: [consulting], source: 4.2}",
    ]


def test_a_key_that_appears_is_an_addition() -> None:
    assert lines("acceptor: acceptor", "acceptor: acceptor\n    name_zh: 咨询") == [
        "~ acceptance[consulting].name_zh: null -> 咨询"
    ]


def test_moving_an_entry_is_no_difference() -> None:
    first = '  - {id: plan, name_zh: 《迁移技术方案》, name_en: Plan, alternative_group: plans, source: "7.1"}\n'
    second = '  - {id: plan-b, name_zh: 《迁移方案》, name_en: Other plan, alternative_group: plans, source: "7.1"}\n'
    assert lines(first + second, second + first) == []


@given(JSON)
def test_a_document_does_not_differ_from_itself(value: Any) -> None:
    assert list(differences(value, value)) == []


@given(JSON, JSON)
def test_additions_one_way_are_removals_the_other_way(one: Any, other: Any) -> None:
    there, back = list(differences(one, other)), list(differences(other, one))
    assert sorted(change.path for change in there) == sorted(change.path for change in back)
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(c.path, swapped[c.kind]) for c in there} == {(c.path, c.kind) for c in back}
