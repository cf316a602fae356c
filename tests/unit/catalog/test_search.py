"""Search of the catalogue: Chinese, pinyin initials, English, filters, and what depends on what."""

from __future__ import annotations

import pytest

from services.catalog.loading import data_folder, read_service
from services.catalog.search import dependencies, index, search

SERVICES = [
    read_service(data_folder() / "services" / f"{name}.yaml").service
    for name in ("alibaba-1", "alibaba-13", "kingdee-3.1")
]
ENTRIES = index(SERVICES)


@pytest.mark.parametrize("text", ["数据中台", "sjzt", "Architecture consulting", "alibaba-1"])
def test_a_service_is_found_by_chinese_initials_english_and_id(text: str) -> None:
    assert "alibaba-1" in [hit.service for hit in search(ENTRIES, text)]


def test_an_empty_text_browses_by_provider_and_category() -> None:
    assert [hit.service for hit in search(ENTRIES, provider="kingdee")] == ["kingdee-3.1"]
    assert search(ENTRIES, category="management_improvement", provider="alibaba") == []
    assert search(ENTRIES, "没有这样的服务") == []


def test_r_026_what_depends_on_what_is_told() -> None:
    assert "alibaba-12" in [entry.needs for entry in dependencies(SERVICES) if entry.service == "alibaba-13"]
