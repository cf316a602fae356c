"""The export against the one that was reviewed: no value of the 51 services changes without being seen in a diff."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.differing import differences
from tests.unit.catalog import golden_export
from tests.unit.catalog.golden_export import LINE_MAX, committed, generated, text_of

REVIEWED, EXPORTED = committed(), generated()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def test_r_020_all_51_services_and_the_tiers_were_reviewed() -> None:
    assert REVIEWED.keys() == EXPORTED.keys()
    assert len(REVIEWED) == 51 + 1


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_the_export_is_the_one_that_was_reviewed(name: str) -> None:
    changes = [str(change) for change in differences(REVIEWED.get(name), EXPORTED[name])]
    assert changes == [], "compare the values with the source, then: make golden"
    assert REVIEWED[name] == EXPORTED[name], "the order of entries has changed"


def test_a_value_that_changed_is_named(tmp_path: Path) -> None:
    golden_export.main(tmp_path)
    file = tmp_path / "alibaba-1.json"
    file.write_text(file.read_text("utf-8").replace("数据中台建设架构咨询服务", "数据中台"), "utf-8")
    told = [str(change) for change in differences(committed(tmp_path)["alibaba-1.json"], EXPORTED["alibaba-1.json"])]
    assert "~ name_zh: 数据中台 -> 数据中台建设架构咨询服务" in told


def test_a_file_that_no_service_has_any_more_is_removed(tmp_path: Path) -> None:
    (tmp_path / "alibaba-30.json").write_text("{}", "utf-8")
    golden_export.main(tmp_path)
    assert committed(tmp_path) == EXPORTED


@given(JSON)
def test_the_written_text_is_the_value_again(value: object) -> None:
    assert json.loads(text_of(value)) == value


def test_a_row_stands_on_one_line() -> None:
    row = {"b": ["乙"] * 5, "a": 1}
    assert text_of(row) == '{"a": 1, "b": ["乙", "乙", "乙", "乙", "乙"]}'
    assert text_of([row] * 4).splitlines()[1] == f"  {text_of(row)},"
    assert max(map(len, text_of([row] * 4).splitlines())) <= LINE_MAX
