"""`qizhang catalog search | compare | depends`: what they print and how they exit."""

from __future__ import annotations

import pytest

from services.cli.catalog import run


def test_search_prints_services_with_the_names_that_matched(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "sjzt", "--provider", "alibaba"]) == 0
    assert "alibaba-1  数据中台建设架构咨询服务" in capsys.readouterr().out
    assert run(["search", "--category", "technical_improvement"]) == 0
    assert "kingdee-3." in capsys.readouterr().out


def test_r_024_compare_prints_where_two_editions_differ(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "alibaba-26", "basic", "standard"]) == 0
    assert "~ matrix[网络规划].cells.support: choose_one -> supported" in capsys.readouterr().out


def test_r_026_depends_prints_both_directions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["depends", "alibaba-12"]) == 0
    _, needed_by = capsys.readouterr().out.split("needed by")
    assert "alibaba-13 <- alibaba-12: service_bought before purchase (R-026)" in needed_by


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare", "alibaba-26", "gold", "basic"], "one：该服务没有此版本；可选的版本与套餐：basic、standard"),
        (["compare", "alibaba-1", "basic", "gold"], "known: none"),
        (["compare", "alibaba-99", "basic", "gold"], "目录中没有该服务标识"),
        (["depends", "alibaba-99"], "目录中没有该服务标识"),
    ],
)
def test_bad_input_exits_with_2_in_both_languages(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert told in capsys.readouterr().err
