"""Every rule of the book has a test, or says what it waits for or where the product shows it (docs/rules.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.rules import BOOK, CATALOGUE, PENDING, TABLE, covered, places, printed, read_book, table
from tests.architecture.source import ROOT, Check, assert_none, plant


def silent_rules(root: Path) -> list[str]:
    """Rules that nothing tests, that wait for nothing, and that bind no people."""
    book = read_book(root)
    spoken = covered(root).keys() | book.pending | book.prose.keys()
    return [f"{rule} has no test, and {PENDING} does not say what it waits for" for rule in sorted(book.rules - spoken)]


def unknown_rules(root: Path) -> list[str]:
    """Rules of a test, a list or the code that the book does not have; a range of the code may pass over some."""
    book = read_book(root)
    naming = [(rule, f"{files[0]} tests") for rule, files in covered(root).items()]
    naming += [(rule, f"{PENDING} names") for rule in book.pending]
    naming += [(rule, f"{BOOK} names") for rule in (*book.parameters, *book.prose)]
    naming += [(rule, f"{known[0]} names") for rule, known in places(root, ranges=False).items()]
    return sorted(f"{where} {rule}, which is no rule" for rule, where in naming if rule not in book.rules)


def prose_that_is_nowhere(root: Path) -> list[str]:
    """Rules for people that no entry of the catalogue prints and no named file shows."""
    shown = printed(root)
    return [
        f"{BOOK} says of {rule} that people read it, but {place or CATALOGUE} does not show it"
        for rule, place in read_book(root).prose.items()
        if not (shown.get(rule) if not place else (root / place).is_file())
    ]


def stale_table(root: Path) -> list[str]:
    """The table that is committed, where it is not what the tree gives."""
    path = root / TABLE
    same = path.is_file() and path.read_text("utf-8") == table(root)
    return [] if same else [f"{TABLE} is stale: run `make schemas`"]


CHECKS: tuple[Check, ...] = (silent_rules, unknown_rules, prose_that_is_nowhere, stale_table)

BOOK_OF_THREE = """
[A]
title = ["甲", "First"]
R-001 = ["一", "One"]
R-002 = ["二", "Two"]
R-003 = ["三", "Three"]

[prose]
R-003 = ""
"""
TREE = {
    BOOK.as_posix(): BOOK_OF_THREE,
    PENDING.as_posix(): '[later]\nwaits_for = ["其后", "what comes later"]\nrules = ["R-002"]\n',
    (CATALOGUE / "one.yaml").as_posix(): "rule: R-003\n",
    "services/one/domain/decide.py": 'def decide() -> None:\n    """Decides (R-001..R-003)."""\n',
    "tests/test_one.py": "def test_r_001_it_is_decided() -> None:\n    pass\n",
}
MARKED = 'import pytest\n\n\n@pytest.mark.rule("R-001")\ndef test_it_is_decided() -> None:\n    pass\n'
UNTESTED = {"tests/test_one.py": "def test_it_is_decided() -> None:\n    pass\n"}

PLANTED: list[tuple[Check, dict[str, str], str]] = [
    (silent_rules, UNTESTED, "R-001 has no test"),
    (silent_rules, {PENDING.as_posix(): ""}, "R-002 has no test"),
    (unknown_rules, {"tests/test_two.py": "def test_r_009_it_is_decided() -> None:\n    pass\n"}, "tests R-009"),
    (unknown_rules, {"tests/test_two.py": MARKED.replace("R-001", "R-009")}, "tests R-009"),
    (unknown_rules, {"services/one/domain/terms.py": "# R-009\nTERMS = 1\n"}, "names R-009"),
    (unknown_rules, {BOOK.as_posix(): BOOK_OF_THREE + 'R-009 = ""\n'}, "names R-009"),
    (prose_that_is_nowhere, {(CATALOGUE / "one.yaml").as_posix(): "id: one\n"}, "R-003"),
    (prose_that_is_nowhere, {BOOK.as_posix(): BOOK_OF_THREE.replace('""', '"docs/none.md"')}, "docs/none.md"),
    (stale_table, {TABLE.as_posix(): "# Rules\n"}, "stale"),
]


@pytest.mark.parametrize("check", CHECKS)
def test_every_rule_is_accounted_for(check: Check) -> None:
    assert_none(check(ROOT))


@pytest.mark.parametrize(("check", "files", "says"), PLANTED)
def test_a_planted_gap_is_caught(check: Check, files: dict[str, str], says: str, tmp_path: Path) -> None:
    (violation,) = check(plant(tmp_path, TREE | files))
    assert says in violation


@pytest.mark.parametrize("tested", [TREE["tests/test_one.py"], MARKED], ids=["by name", "by marker"])
def test_a_book_that_is_accounted_for_is_not_reported(tested: str, tmp_path: Path) -> None:
    root = plant(tmp_path, TREE | {"tests/test_one.py": tested})
    (root / TABLE).write_text(table(root), "utf-8")
    assert [line for check in CHECKS for line in check(root)] == []


def test_the_table_names_places_tests_parameters_and_what_is_waited_for(tmp_path: Path) -> None:
    root = plant(tmp_path, TREE | {BOOK.as_posix(): BOOK_OF_THREE + '\n[parameters]\nR-001 = "cutoff"\n'})
    rows = [line for line in table(root).splitlines() if line.startswith("| R-")]
    decided = "`services/one/domain/decide.py:decide`"
    assert rows == [
        f"| R-001 | 一 / One | {decided} | `tests/test_one.py` | `cutoff` |  |",
        f"| R-002 | 二 / Two | {decided} |  |  | 其后 / what comes later |",
        "| R-003 | 三 / Three | 1 catalogue entries / 目录条目 |  |  |  |",
    ]
