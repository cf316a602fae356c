"""The catalogue that ships with the program: whole, without an error of the lint, with the figures of the rule book."""

from __future__ import annotations

from collections import Counter

from services.catalog.linting import lint_shipped

LINTED = lint_shipped()


def test_the_lint_finds_no_error() -> None:
    assert [str(error) for error in LINTED.errors] == []


def test_r_020_there_are_51_services_of_three_providers() -> None:
    assert Counter(service.provider for service in LINTED.services) == {"kingdee": 19, "shopex": 3, "alibaba": 29}


def test_r_076_the_sources_have_62_rows_of_responsibilities() -> None:
    rows = {service.id: len(service.raci) for service in LINTED.services if service.raci}
    assert rows == {
        "alibaba-10": 12,
        "alibaba-11": 10,
        "alibaba-23": 12,
        "alibaba-26": 11,
        "alibaba-27": 12,
        "alibaba-29": 5,
    }


def test_r_115_the_lint_reports_what_the_documents_get_wrong() -> None:
    defects = {(problem.file, problem.rule) for problem in LINTED.problems if problem.severity == "warning"}
    assert {
        ("services/alibaba-8.yaml", "R-115"),
        ("services/alibaba-25.yaml", "R-115"),
        ("services/alibaba-29.yaml", "R-107"),
        ("services/alibaba-17.yaml", "R-277"),
    } <= defects


def test_every_contradiction_of_the_rule_book_is_noted_where_it_stands() -> None:
    noted = {note.contradiction for service in LINTED.services for note in service.notes}
    assert {f"C-{number:02}" for number in range(1, 31)} <= noted


def test_the_tiers_are_those_of_the_overview() -> None:
    assert [tier.name_zh for tier in LINTED.tiers] == ["标准成功服务", "高级成功服务", "金选服务", "专属服务方案"]
