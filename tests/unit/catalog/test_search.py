"""Search of the catalogue: Chinese, pinyin initials, English, filters."""

from __future__ import annotations

import pytest

from services.catalog.loading import data_folder, read_service
from services.catalog.search import Indexed, search

ENTRIES = [
    Indexed(read_service(data_folder() / "services" / f"{name}.yaml").service)
    for name in ("alibaba-1", "alibaba-13", "kingdee-3.1")
]


@pytest.mark.parametrize("text", ["数据中台", "sjzt", "Architecture consulting", "alibaba-1"])
def test_a_service_is_found_by_chinese_initials_english_and_id(text: str) -> None:
    assert "alibaba-1" in [hit.service for hit in search(ENTRIES, text)]


def test_every_word_has_to_be_found_and_the_names_that_matched_are_told() -> None:
    (hit,) = search(ENTRIES, "数据中台 architecture")
    assert hit.service == "alibaba-1"
    assert "数据中台建设架构咨询服务" in hit.matched
    assert search(ENTRIES, "数据中台 没有") == []


def test_an_empty_text_browses_by_provider_and_category() -> None:
    assert [hit.service for hit in search(ENTRIES, provider="kingdee")] == ["kingdee-3.1"]
    assert search(ENTRIES, category="management_improvement", provider="alibaba") == []
    assert search(ENTRIES, "没有这样的服务") == []
