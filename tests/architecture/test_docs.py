"""What the documents say of the code is true: named functions exist, links resolve, records keep their form."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Check, assert_none, plant

README_LINES_MAX = 120
RECORD_DIGITS = 4
RECORD_WORDS_MIN, RECORD_WORDS_MAX = 100, 300
RECORD_SECTIONS = ["Context", "Decision", "Consequences"]
STAGES_MIN = 8

READMES = ("README.md", "README.zh.md")
ARCHITECTURE = "docs/ARCHITECTURE.md"
OPERATIONS = "docs/operations.md"
WALK = "Follow one request"
REQUIRED = (*READMES, ARCHITECTURE, "docs/glossary.md", "docs/decisions/README.md", "CHANGELOG.md")

SECTION = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)
STAGE = re.compile(r"^\d+\. .*(?:\n(?!\d+\. |\n|#).*)*", re.MULTILINE)
CODE_PLACE = re.compile(r"`([\w./-]+\.py):([\w.]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Settings and metrics by their names; those of tests are not an operator's.
NAMED = re.compile(r'"(QIZHANG_[A-Z_]+[A-Z]|ledger_[a-z_]+)"')
NOT_OPERATED = ("QIZHANG_TEST_", "QIZHANG_FAILPOINTS")
ELSEWHERE = re.compile(r"[a-z]+:|#")


def missing_documents(root: Path) -> list[str]:
    """Documents that every reader counts on."""
    return [f"{name} is missing" for name in REQUIRED if not (root / name).is_file()]


def long_readmes(root: Path) -> list[str]:
    """A README is one page: it says where next instead of saying everything."""
    return [
        f"{name} has {lines} lines; at most {README_LINES_MAX}"
        for name in READMES
        if (lines := len(_text(root / name).splitlines())) > README_LINES_MAX
    ]


def broken_walk(root: Path) -> list[str]:
    """Stages of the walk through the code that name no place in it, or one that is not there."""
    stages = STAGE.findall(_section(_text(root / ARCHITECTURE), WALK))
    if len(stages) < STAGES_MIN:
        return [f'{ARCHITECTURE} has {len(stages)} numbered stages under "{WALK}"; at least {STAGES_MIN}']
    found = [f"{ARCHITECTURE} names no `file:function`: {stage}" for stage in stages if not CODE_PLACE.search(stage)]
    for stage in stages:
        for path, name in CODE_PLACE.findall(stage):
            if not (root / path).is_file():
                found.append(f"{ARCHITECTURE} names {path}, which does not exist")
            elif name not in defined_names(_text(root / path)):
                found.append(f"{ARCHITECTURE} names {path}:{name}, which does not exist")
    return found


def malformed_records(root: Path) -> list[str]:
    """Decision records that share a number, are unlisted, too short, too long, or lack a section.

    Records are written side by side, each under a number of its own, so the numbers may have gaps.
    """
    folder = root / "docs/decisions"
    listed = _text(folder / "README.md")
    found = []
    taken: set[str] = set()
    for path in sorted(folder.glob("[0-9]*.md")):
        text = _text(path)
        words = len(text.split())
        number, _, _ = path.name.partition("-")
        if len(number) != RECORD_DIGITS or number in taken:
            found.append(f"{path.name} has no number of {RECORD_DIGITS} digits of its own")
        taken.add(number)
        if not RECORD_WORDS_MIN <= words <= RECORD_WORDS_MAX:
            found.append(f"{path.name} has {words} words; {RECORD_WORDS_MIN} to {RECORD_WORDS_MAX}")
        if SECTION.findall(text)[1:] != RECORD_SECTIONS:
            found.append(f"{path.name} does not have exactly the sections {', '.join(RECORD_SECTIONS)}")
        if f"({path.name})" not in listed:
            found.append(f"{path.name} is not listed in docs/decisions/README.md")
    return found


def dangling_links(root: Path) -> list[str]:
    """Relative links to files that are not there."""
    return [
        f"{path.relative_to(root)} links to {target}"
        for path in _documents(root)
        for target in LINK.findall(_text(path))
        if not ELSEWHERE.match(target) and not (path.parent / target.partition("#")[0]).exists()
    ]


def defined_names(source: str) -> set[str]:
    """Functions and classes of a file, and `Class.method`."""
    return set(_definitions(ast.parse(source), ""))


def _definitions(node: ast.AST, prefix: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{child.name}"
            yield from _definitions(child, f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix)


def _documents(root: Path) -> list[Path]:
    below = (path for folder in ("docs", "services", "shared", "deploy") for path in (root / folder).rglob("*.md"))
    return sorted([*root.glob("*.md"), *below])


def _section(text: str, title: str) -> str:
    """What stands under a heading, up to the next heading of its level or above."""
    opening = re.search(rf"^(#+) {re.escape(title)}\s*$", text, re.MULTILINE)
    if opening is None:
        return ""
    rest = text[opening.end() :]
    closing = re.search(rf"^#{{1,{len(opening[1])}}} ", rest, re.MULTILINE)
    return rest[: closing.start()] if closing else rest


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.is_file() else ""


def undescribed_settings(root: Path) -> list[str]:
    """Variables that the code reads and metrics that it has, without a word in the operators' document."""
    described = _text(root / OPERATIONS)
    sources = [_text(path) for folder in ("shared", "services") for path in sorted((root / folder).rglob("*.py"))]
    named = {name for source in sources for name in NAMED.findall(source) if not name.startswith(NOT_OPERATED)}
    return [f"{OPERATIONS} says nothing of {name}" for name in sorted(named) if f"`{name}`" not in described]


CHECKS: tuple[Check, ...] = (
    missing_documents,
    long_readmes,
    broken_walk,
    malformed_records,
    dangling_links,
    undescribed_settings,
)

WALK_TEXT = f"# Architecture\n\n## {WALK}\n\n" + "".join(
    f"{number}. The stage\n   `shared/it.py:Writer.run`, then `shared/it.py:fold`.\n" for number in range(1, 10)
)
RECORD_TEXT = "# 1. A title\n\n## Context\n\n{}\n\n## Decision\n\nIt.\n\n## Consequences\n\nThat.\n".format(
    "why " * 100
)
SOUND = {
    "README.md": "[the walk](docs/ARCHITECTURE.md#walk) [elsewhere](https://example.org) [here](#below)\n",
    "README.zh.md": "一句话\n",
    "CHANGELOG.md": "",
    ARCHITECTURE: WALK_TEXT,
    "docs/glossary.md": "[back](../README.md)\n",
    "docs/decisions/README.md": "1. [A title](0001-a-title.md)\n",
    "docs/decisions/0001-a-title.md": RECORD_TEXT,
    "shared/it.py": "class Writer:\n    async def run(self): ...\ndef fold(): ...\n",
}
PLANTED = [
    (long_readmes, "README.zh.md", "行\n" * (README_LINES_MAX + 1)),
    (broken_walk, ARCHITECTURE, WALK_TEXT.replace("shared/it.py:fold", "shared/gone.py:fold", 1)),
    (broken_walk, ARCHITECTURE, WALK_TEXT.replace("shared/it.py:fold", "shared/it.py:run", 1)),
    (broken_walk, ARCHITECTURE, WALK_TEXT + "10. A stage that is nowhere.\n"),
    (broken_walk, ARCHITECTURE, WALK_TEXT.replace(WALK, "Another title")),
    (malformed_records, "docs/decisions/0001-a-title.md", RECORD_TEXT.replace("why ", "")),
    (malformed_records, "docs/decisions/0001-a-title.md", RECORD_TEXT.replace("why ", "why so very ")),
    (malformed_records, "docs/decisions/0001-a-title.md", RECORD_TEXT.replace("Consequences", "Afterwards")),
    (malformed_records, "docs/decisions/README.md", "None.\n"),
    (undescribed_settings, "shared/it.py", SOUND["shared/it.py"] + 'PORT = "QIZHANG_PORT"\n'),
    (undescribed_settings, "services/it.py", 'measure("ledger_age_seconds", 1)\n'),
    (dangling_links, "docs/glossary.md", "[gone](../GONE.md#here)\n"),
]


@pytest.mark.parametrize("check", CHECKS)
def test_the_documents_are_true(check: Check) -> None:
    assert_none(check(ROOT))


@pytest.mark.parametrize("check", CHECKS)
def test_sound_documents_are_not_reported(check: Check, tmp_path: Path) -> None:
    assert check(plant(tmp_path, SOUND)) == []


@pytest.mark.parametrize(("check", "path", "text"), PLANTED)
def test_a_planted_untruth_is_caught(check: Check, path: str, text: str, tmp_path: Path) -> None:
    assert len(check(plant(tmp_path, SOUND | {path: text}))) == 1


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_document_is_caught(name: str, tmp_path: Path) -> None:
    plant(tmp_path, SOUND)
    (tmp_path / name).unlink()
    assert missing_documents(tmp_path) == [f"{name} is missing"]


def test_records_with_one_number_are_caught(tmp_path: Path) -> None:
    tree = SOUND | {"docs/decisions/0003-a-third.md": RECORD_TEXT, "docs/decisions/0003-another.md": RECORD_TEXT}
    tree["docs/decisions/README.md"] += "3. [A third](0003-a-third.md) [Another](0003-another.md)\n"
    (found,) = malformed_records(plant(tmp_path, tree))
    assert found == "0003-another.md has no number of 4 digits of its own"
