"""What an error says beside its title is in both languages: an English sentence as detail needs `zh=`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, assert_none, plant

# Where errors are raised that a caller is answered with; what only operators and topics see lies elsewhere.
ROOMS = ("shared/web", "shared/identity", "shared/commands/batch.py", "shared/commands/runner.py", "services")
BASE = "LedgerError"
# These carry both texts as arguments of their own, or are what operators read.
OTHERWISE = frozenset(
    {"NotAdmitted", "PeriodError", "CalendarError", "CatalogueInvalid", "StoreUnavailable", "OutcomeNotKnown"}
)
WORDS = re.compile(r"[a-z]{3,} [a-z]{2,}|[a-z]{3,}:")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
IN_CHINESE = frozenset({"zh", "detail_zh"})


def english_only(root: Path) -> list[str]:
    """Errors that are raised with an English sentence and without its Chinese."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(root.rglob("*.py")) if _is_ours(root, path)}
    kinds = _kinds(trees.values())
    return [
        f"{path.relative_to(root)}:{call.lineno}: {_name(call)} says only in English: {text}"
        for path, tree in trees.items()
        if path.relative_to(root).as_posix().startswith(ROOMS)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _name(call) in kinds and len(call.args) == 1
        for text in [_text(call.args[0])]
        if WORDS.search(text) and not CHINESE.search(text) and not IN_CHINESE & {word.arg for word in call.keywords}
    ]


def _is_ours(root: Path, path: Path) -> bool:
    return path.relative_to(root).parts[0] in ("shared", "services")


def _kinds(trees: Iterable[ast.Module]) -> set[str]:
    """The names of the classes of errors, but for those that carry both texts otherwise."""
    bases: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {ast.unparse(base).rpartition(".")[2] for base in node.bases}

    def is_kind(name: str) -> bool:
        return name == BASE or (name not in OTHERWISE and any(is_kind(base) for base in bases.get(name, ())))

    return {name for name in bases if is_kind(name)} - OTHERWISE


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _text(node: ast.expr) -> str:
    """The words of a literal; what is filled in is left out."""
    return " ".join(
        part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


ERRORS = "class LedgerError(Exception): ...\nclass Refused(LedgerError): ...\n"


def test_every_detail_of_an_answer_is_in_both_languages() -> None:
    assert_none(english_only(ROOT))


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ('raise Refused("the item is over", field="/item")', 1),
        ('raise Refused(f"the version is {version}")', 1),
        ('raise Refused("the item is over", zh="该验收项已结束")', 0),
        ("raise Refused(item, field='/item')", 0),
        ('raise ValueError("the item is over")', 0),
    ],
)
def test_a_planted_english_detail_is_caught(tmp_path: Path, planted: str, found: int) -> None:
    plant(tmp_path, {"shared/kernel/errors.py": ERRORS, "services/it.py": f"def act(item, version):\n    {planted}\n"})
    assert len(english_only(tmp_path)) == found
