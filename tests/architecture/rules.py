"""docs/rules.md: each rule with its titles, where it is decided, what tests it, and what a contract can set of it.

The titles stand in docs/rules.toml. The rest is found: a function or table decides a rule when it names it, a test
tests it by its name (`test_r_171_...`) or by the marker (`@pytest.mark.rule("R-171")`), the catalogue shows it where an
entry names it. What nothing tests stands in docs/rules_pending.toml with what it waits for.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.source import Module, dotted, modules

BOOK = Path("docs/rules.toml")
PENDING = Path("docs/rules_pending.toml")
TABLE = Path("docs/rules.md")
CATALOGUE = Path("services/catalog/data/services")

SHOWN_MAX = 3
NAMED = re.compile(r"\bR-(\d{3})\b(?:\.\.R-(\d{3})\b)?")
NAMED_BY_A_TEST = re.compile(r"^test_((?:r_\d{3}_)+)")
# What decides comes first, then what refuses, then what only carries a rule.
DECIDING = ("decide", "consequences", "deciders", "timers", "terms", "evolve", "/periods/", "/catalogue/selection/")
REFUSING = ("errors.py",)

HEAD = """# Rules

Generated (`make schemas`) from [rules.toml](rules.toml), [rules_pending.toml](rules_pending.toml) and the code. A rule
is decided where a function or table names it, and tested by tests of its name or marker; at most {shown} places of each
are shown. Prose binds people: the catalogue entries that print it are counted.

由代码与上述两个文件生成。每条规则注明判定之处、测试之处、合同可设参数；尚缺者注明所待事项。
"""
COLUMNS = "| Rule / 规则 | Title / 名称 | Decided / 判定 | Tests / 测试 | Parameter / 参数 | Waits for / 待 |"


@dataclass(frozen=True)
class Wait:
    """What rules wait for, in both languages."""

    zh: str
    en: str
    rules: frozenset[str]


@dataclass(frozen=True)
class Book:
    """The rules by section: `sections` is (zh, en) -> rule -> (zh, en)."""

    sections: Mapping[tuple[str, str], Mapping[str, tuple[str, str]]]
    parameters: Mapping[str, str]
    prose: Mapping[str, str]
    waits: tuple[Wait, ...]

    @property
    def rules(self) -> frozenset[str]:
        """The numbers of all rules."""
        return frozenset(rule for section in self.sections.values() for rule in section)

    @property
    def pending(self) -> frozenset[str]:
        """The rules that wait for something."""
        return frozenset(rule for wait in self.waits for rule in wait.rules)

    def waiting(self, rule: str) -> Iterator[Wait]:
        """What a rule waits for."""
        return (wait for wait in self.waits if rule in wait.rules)


def read_book(root: Path) -> Book:
    """The two files that people write."""
    written = tomllib.loads((root / BOOK).read_text("utf-8"))
    waits = tomllib.loads((root / PENDING).read_text("utf-8"))
    parameters = written.pop("parameters", {})
    prose = written.pop("prose", {})
    sections = {
        (section["title"][0], section["title"][1]): {
            rule: (titles[0], titles[1]) for rule, titles in section.items() if rule != "title"
        }
        for section in written.values()
    }
    return Book(
        sections=sections,
        parameters=parameters,
        prose=prose,
        waits=tuple(
            Wait(zh=wait["waits_for"][0], en=wait["waits_for"][1], rules=frozenset(wait["rules"]))
            for wait in waits.values()
        ),
    )


def named(text: str, *, ranges: bool = True) -> Iterator[str]:
    """The rules that a text names; `R-215..R-217` names three, or with `ranges` off its ends."""
    for first, last in NAMED.findall(text):
        numbers = range(int(first), int(last) + 1) if last and ranges else (int(first), int(last or first))
        yield from (f"R-{number:03}" for number in numbers)


def places(root: Path, *, ranges: bool = True) -> dict[str, list[str]]:
    """rule -> `file:name` of the functions, classes and tables that name it, those that decide first."""
    found: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for module in modules(root, "services", "shared"):
        lines = module.text.splitlines()
        for name, first, last in _definitions(module):
            place = f"{module.path}:{name}" if name else module.path
            for rule in named("\n".join(lines[first:last]), ranges=ranges):
                found[rule].add((_rank(module.path, name), place))
    return {rule: [place for _, place in sorted(known)] for rule, known in found.items()}


def _rank(path: str, name: str) -> int:
    if any(part in path for part in REFUSING):
        return 2
    deciding = "/domain/" in path or path.startswith("shared/")
    return (0 if deciding and any(part in path for part in DECIDING) else 1) if name else 3


def _definitions(module: Module) -> Iterator[tuple[str, int, int]]:
    """(name, first line, last line) of everything at the top and of methods; comments go with what they stand above."""
    end = 0
    for node in module.tree.body:
        match node:
            case ast.ClassDef(name=name, body=body):
                inner = [child for child in body if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)]
                begins = inner[0].lineno - 1 if inner else node.end_lineno or node.lineno
                yield name, end, begins
                for child in inner:
                    yield f"{name}.{child.name}", child.lineno - 1, child.end_lineno or child.lineno
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, end, node.end_lineno or node.lineno
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, end, node.end_lineno or node.lineno
            case _:
                yield "", end, node.end_lineno or node.lineno
        end = node.end_lineno or node.lineno


def covered(root: Path) -> dict[str, list[str]]:
    """rule -> the files with tests of it, by name or by marker."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules(root, "tests"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for rule in (*_rules_of_name(node.name), *_rules_of_markers(node.decorator_list)):
                    found[rule].add(module.path)
    return {rule: sorted(files) for rule, files in found.items()}


def _rules_of_name(name: str) -> Iterator[str]:
    match = NAMED_BY_A_TEST.match(name)
    return (f"R-{number}" for number in re.findall(r"\d{3}", match[1])) if match else iter(())


def _rules_of_markers(decorators: Iterable[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and dotted(decorator.func) == "pytest.mark.rule":
            yield from (str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant))


def printed(root: Path) -> dict[str, int]:
    """rule -> how many entries of the catalogue name it."""
    found: dict[str, int] = defaultdict(int)
    for path in (root / CATALOGUE).glob("*.yaml"):
        for rule in set(named(path.read_text("utf-8"))):
            found[rule] += 1
    return found


def table(root: Path) -> str:
    """The text of docs/rules.md."""
    book, decided, tested, shown = read_book(root), places(root), covered(root), printed(root)
    lines = [HEAD.format(shown=SHOWN_MAX)]
    for (zh, en), rules in book.sections.items():
        lines += [f"## {zh} / {en}", "", COLUMNS, "|---|---|---|---|---|---|"]
        for rule, titles in rules.items():
            waits = "; ".join(f"{wait.zh} / {wait.en}" for wait in book.waiting(rule))
            where = _shown(decided.get(rule, ()))
            if rule in book.prose:
                where = book.prose[rule] or f"{shown[rule]} catalogue entries / 目录条目"
            cells = (
                rule,
                f"{titles[0]} / {titles[1]}",
                where,
                _shown(tested.get(rule, ())),
                f"`{book.parameters[rule]}`" if rule in book.parameters else "",
                waits,
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _shown(found: Iterable[str]) -> str:
    known = list(found)
    more = " …" if len(known) > SHOWN_MAX else ""
    return ", ".join(f"`{place}`" for place in known[:SHOWN_MAX]) + more
