"""What keeps files small, plain and finished; the formatter and the linter do the rest."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, assert_none, dotted, modules, plant

LINE_CHARACTERS_MAX = 120
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
FOLDERS = ("services", "shared", "tests")

# A loop edge goes on whatever happened, and says why it may: in a comment on the same line.
LOOP_EDGE = re.compile(r"# loop edge: \w+")
BROAD = {"Exception", "BaseException"}
COMMENTED_TEST = re.compile(r"\s*#\s*((async )?def test_|@pytest\.|assert )")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
WALL_CLOCK_WAITS = {"time.sleep", "asyncio.sleep", "sleep"}

Finding = tuple[int, str]
Rule = Callable[[Module], Iterable[Finding]]


def long_lines(module: Module) -> Iterator[Finding]:
    """A line is read at one glance."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if len(line) > LINE_CHARACTERS_MAX:
            yield number, f"has {len(line)} characters; at most {LINE_CHARACTERS_MAX}"


def long_files(module: Module) -> Iterator[Finding]:
    """A file is one subject."""
    lines = len(module.text.splitlines())
    if lines > FILE_LINES_MAX:
        yield lines, f"the file has {lines} lines; at most {FILE_LINES_MAX}"


def long_functions(module: Module) -> Iterator[Finding]:
    """A function fits on a screen."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield node.lineno, f"{node.name} has {lines} lines; at most {FUNCTION_LINES_MAX}"


def silent_openings(module: Module) -> Iterator[Finding]:
    """A module opens by saying what it is, then turns annotations into text."""
    if not ast.get_docstring(module.tree):
        yield 1, "the module has no docstring"
    code = module.tree.body[1:]
    if code and not (isinstance(code[0], ast.ImportFrom) and code[0].module == "__future__"):
        yield code[0].lineno, "`from __future__ import annotations` is not the first statement"


def broad_handlers(module: Module) -> Iterator[Finding]:
    """Only a loop edge catches whatever comes, and it gives its reason."""
    lines = module.text.splitlines()
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.ExceptHandler | ast.Call)
            and _is_broad(node)
            and not LOOP_EDGE.search(lines[node.lineno - 1])
        ):
            yield node.lineno, "catches everything without `# loop edge: <reason>`"


def _is_broad(node: ast.ExceptHandler | ast.Call) -> bool:
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.expr() as caught):
            return any(dotted(part) in BROAD for part in ast.walk(caught))
        case ast.Call(func=function, args=caught) if dotted(function).endswith("suppress"):
            return any(dotted(part) in BROAD for part in caught)
    return False


def commented_out_tests(module: Module) -> Iterator[Finding]:
    """A test runs or is deleted."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if _is_test(module) and COMMENTED_TEST.match(line):
            yield number, "a test is commented out"


def unfinished_work(module: Module) -> Iterator[Finding]:
    """What is left to do stands in an issue."""
    for number, line in enumerate(module.text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield number, "marks unfinished work"


def sleeping_tests(module: Module) -> Iterator[Finding]:
    """A test waits for a condition or moves a clock; the wall clock decides nothing."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in WALL_CLOCK_WAITS and _is_test(module):
            yield node.lineno, "sleeps on the wall clock"


def _is_test(module: Module) -> bool:
    return module.path.startswith("tests/")


RULES: tuple[Rule, ...] = (
    long_lines,
    long_files,
    long_functions,
    silent_openings,
    broad_handlers,
    commented_out_tests,
    unfinished_work,
    sleeping_tests,
)

OPENING = '"""Says what it is."""\n\nfrom __future__ import annotations\n\n'

PLANTED: list[tuple[Rule, str]] = [
    (long_lines, OPENING + f"LONG = '{'x' * LINE_CHARACTERS_MAX}'"),
    (long_files, OPENING + "A = 1\n" * FILE_LINES_MAX),
    (long_functions, OPENING + "def long():\n" + "    a = 1\n" * FUNCTION_LINES_MAX),
    (long_functions, OPENING + "class It:\n    async def long(self):\n" + "        a = 1\n" * FUNCTION_LINES_MAX),
    (silent_openings, "from __future__ import annotations\n"),
    (silent_openings, '"""Says what it is."""\nimport os\n'),
    (broad_handlers, OPENING + "try:\n    pass\nexcept Exception:\n    pass"),
    (broad_handlers, OPENING + "try:\n    pass\nexcept:\n    pass"),
    (broad_handlers, OPENING + "try:\n    pass\nexcept (ValueError, BaseException) as error:\n    pass"),
    (broad_handlers, OPENING + "try:\n    pass\nexcept Exception:  # loop edge:\n    pass"),
    (broad_handlers, OPENING + "with contextlib.suppress(Exception):\n    pass"),
    (commented_out_tests, OPENING + "# def test_it() -> None:\n"),
    (commented_out_tests, OPENING + "def test_it() -> None:\n    pass\n    # assert 1 == 2\n"),
    (unfinished_work, OPENING + "A = 1  # TO" + "DO: two"),
    (unfinished_work, OPENING + "# FIX" + "ME\n"),
    (sleeping_tests, OPENING + "def test_it() -> None:\n    time.sleep(1)"),
    (sleeping_tests, OPENING + "async def test_it() -> None:\n    await asyncio.sleep(1)"),
]

TIDY = OPENING + (
    "def run(step, log):\n    try:\n        step()\n    except ValueError:\n        raise\n"
    "    except Exception:  # loop edge: the loop goes on\n        log()\n"
)


def violations(rule: Rule, root: Path) -> list[str]:
    """What a rule finds in a tree."""
    return [f"{module.path}:{line} {what}" for module in modules(root, *FOLDERS) for line, what in sorted(rule(module))]


@pytest.mark.parametrize("rule", RULES)
def test_every_file_is_tidy(rule: Rule) -> None:
    assert_none(violations(rule, ROOT))


@pytest.mark.parametrize(("rule", "source"), PLANTED)
def test_a_planted_mess_is_caught(rule: Rule, source: str, tmp_path: Path) -> None:
    (violation,) = violations(rule, plant(tmp_path, {"tests/test_planted.py": source}))
    assert violation.startswith("tests/test_planted.py:")


@pytest.mark.parametrize("rule", RULES)
def test_a_tidy_file_is_not_reported(rule: Rule, tmp_path: Path) -> None:
    assert (
        violations(rule, plant(tmp_path, {"tests/test_tidy.py": TIDY, "shared/__init__.py": '"""Shared."""\n'})) == []
    )
