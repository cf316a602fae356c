"""Chinese texts use the words of a Chinese contract desk; what each forbidden word is for stands in the glossary.

A text of ours that people read is Chinese and English; a word of the program (a code, an identifier) is in neither.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, assert_none, modules, plant

# Word -> what a contract desk writes.
FORBIDDEN = {
    "请款": "开票申请",
    "冲销": "开票申请撤销",
    "冲回": "开票申请撤销",
    "红冲": "开票申请撤销（红冲只用于发票本身）",
    "付款项": "付款节点",
    "附条件": "已记录，待裁定",
    "视同": "视为",
    "代替对方作出行为": "代对方操作",
    "第二次行为": "重试不会重复执行",
    "暂存": "搁置",
    "已送达：": "已写入日志（未送达）, 已送达回调端点",
}
FOLDERS = ("services", "shared", "docs", "deploy")
# The catalogue quotes its sources.
QUOTED = re.compile(r"(services/catalog|shared/catalogue)/data/|docs/events/released/")
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".json", ".html", ".js", ".sql", ".toml"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"[a-z]+_[a-z_]+|\b[0-9]+(wd|pack)\b|\b[0-9]+[dmyq]!")
# What a text fills in, and names that a caller has to read or write as they are.
NAMED = re.compile(
    r"\{[^}]*\}|content_sha256|content_version|after_contracts|condition_zh|trace_id|statutory_holiday"
    r"|makeup_working_day|QIZHANG_[A-Z_]+"
)
# These say how a period is written.
ON_PERIODS = ("shared/periods/spec.py", "services/cli/deadline.py")


def forbidden_words(root: Path) -> list[str]:
    """Words that a contract desk does not use, or uses for something else."""
    files = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.suffix in SUFFIXES]
    return [
        f"{path.relative_to(root)}:{number} {word}: write {right}"
        for path in (*files, *sorted(root.glob("README*.md")))
        if not QUOTED.match(path.relative_to(root).as_posix())
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if CHINESE.search(line)
        for word, right in FORBIDDEN.items()
        if word in line
    ]


def codes_in_texts(root: Path) -> list[str]:
    """Chinese texts of the program that hold a code or an identifier; what documents the program is no text."""
    return [
        f"{module.path}:{line} {text}"
        for module in modules(root, "services", "shared")
        if module.path not in ON_PERIODS
        for line, text in _chinese(module.tree)
        if CODE.search(NAMED.sub("", text))
    ]


def _chinese(tree: ast.Module) -> Iterator[tuple[int, str]]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    documents = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _has_doc(node)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in documents and CHINESE.search(text):
                yield node.lineno, text


def _has_doc(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr)


def test_no_forbidden_word_is_in_a_text() -> None:
    assert_none(forbidden_words(ROOT))


def test_no_code_is_in_a_chinese_text() -> None:
    assert_none(codes_in_texts(ROOT))


@pytest.mark.parametrize("word", FORBIDDEN)
def test_a_forbidden_word_is_found_wherever_it_stands(word: str, tmp_path: Path) -> None:
    for name in ("services/x/texts.py", "docs/x.md", "README.zh.md"):
        assert forbidden_words(plant(tmp_path / name.replace("/", "-"), {name: f"# 本合同{word}一次\n"}))


@pytest.mark.parametrize(
    "planted",
    [
        'title_zh = "撤销：act_came_late"\n',
        'error = Refused(text_zh="期限 5wd 已届满")\n',
        'KIND = Words("期限 1y! 届满", "x")\n',
        'class A:\n    title_zh: str = "缺少 after_care_ended"\n',
        'raise NotAdmitted("late", f"{what} 已逾期 act_came_late")\n',
    ],
)
def test_a_code_in_a_chinese_text_is_found(planted: str, tmp_path: Path) -> None:
    assert codes_in_texts(plant(tmp_path, {"services/x/errors.py": planted}))
