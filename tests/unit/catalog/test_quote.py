"""`qizhang catalog quote`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.cli.catalog import run

Captured = pytest.CaptureFixture[str]


def quoted(capsys: Captured, *arguments: str) -> tuple[int, Any, list[str]]:
    """Exit code, answer and the lines on standard error."""
    code = run(["quote", *arguments])
    printed = capsys.readouterr()
    return code, json.loads(printed.out) if printed.out else None, printed.err.splitlines()


def test_a_valid_selection_exits_with_0_and_shows_the_arithmetic(capsys: Captured) -> None:
    code, answer, _ = quoted(capsys, "--service", "alibaba-1", "--quantity", "alibaba-1:tables=51")
    assert (code, answer["valid"]) == (0, True)
    assert answer["items"][0]["packs"][0]["arithmetic"] == "max(1, ceil(51 / 50)) = 2"


def test_a_violated_rule_exits_with_1_and_names_rule_service_and_field_in_both_languages(capsys: Captured) -> None:
    code, answer, lines = quoted(capsys, "--service", "alibaba-26:basic,standard")
    assert (code, answer["valid"]) == (1, False)
    line = next(line for line in lines if "R-022" in line)
    assert line.startswith("violation R-022 alibaba-26 services[0].editions: ")
    assert "只能选择其中一项" in line and "only one of basic, standard, advanced" in line


def test_each_option_reaches_the_rules(capsys: Captured) -> None:
    services = ["--service", "alibaba-12:general", "--service", "alibaba-13", "--service", "alibaba-21"]
    days = ["--applied", "2026-09-21", "--start", "2026-11-02", "--signed", "2026-10-20", "--paid", "2026-11-03"]
    code, answer, _ = quoted(capsys, *services, *days, "--condition", "alibaba-21:storage-report")
    assert code == 1
    assert {finding["rule"] for finding in answer["violations"]} == {"R-027", "R-056", "R-060"}
    accepted = ["--accepted", "alibaba-12:conversion-plan"]
    code, answer, _ = quoted(capsys, *services[:4], *days[:-2], "--paid", "2026-10-20", *accepted)
    assert (code, answer["violations"]) == (0, [])


def test_owned_products_options_and_chosen_items_are_read(capsys: Captured) -> None:
    assert quoted(capsys, "--service", "alibaba-15", "--owns", "mPaaS")[0] == 0
    assert quoted(capsys, "--service", "alibaba-1", "--option", "alibaba-1:on-site-days=11")[0] == 1
    assert quoted(capsys, "--service", "alibaba-2:custom", "--item", "alibaba-2:月球")[0] == 1
    assert quoted(capsys, "--service", "alibaba-13", "--bought", "alibaba-12")[0] == 0


def test_a_request_file_is_the_body_of_the_http_question(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(
        msgspec.json.encode({"services": [{"service": "alibaba-9", "editions": ["basic"], "revision": 1}]})
    )
    assert quoted(capsys, "--request", str(file))[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--service", "alibaba-1", "--quantity", "alibaba-1:tables"],
        ["--service", "alibaba-1", "--quantity", "alibaba-2:tables=1"],
        ["--service", "alibaba-1", "--quantity", "alibaba-1:tables=many"],
        ["--service", "alibaba-1", "--item", "alibaba-1"],
        ["--service", "alibaba-1", "--applied", "tomorrow"],
        ["--request", "no-such-file.json"],
    ],
)
def test_bad_input_exits_with_2_and_says_what_is_wrong(arguments: list[str], capsys: Captured) -> None:
    code, answer, lines = quoted(capsys, *arguments)
    assert (code, answer) == (2, None)
    assert lines[-1] == "qizhang catalog quote：request：选择内容的格式不正确，参见 docs/selections.md"


def test_a_request_file_is_the_whole_request(capsys: Captured) -> None:
    _, _, lines = quoted(capsys, "--request", "request.json", "--start-agreed")
    assert "put --start-agreed into the file" in lines[0]
