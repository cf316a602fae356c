"""Every regular expression of the project, found by its syntax, and texts that are hostile to each.

A pattern stands in `re.compile`, in a call such as `re.sub`, or in `Meta(pattern=...)`, which msgspec searches for.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

from tests.architecture.source import Module, modules

FUNCTIONS: Final = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
PAIRS_MAX: Final = 6
ENDS: Final = ("", "\n", "\x00", "!")


class Pattern(NamedTuple):
    """A pattern, where it stands, and how it is used."""

    place: str
    pattern: str | bytes
    flags: int
    uses: tuple[str, ...]


def patterns(root: Path) -> Iterator[Pattern | str]:
    """The patterns of a tree; the place of one whose text only a run would tell."""
    for module in modules(root, "services", "shared"):
        if "re." not in module.text and "pattern" not in module.text:
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and (found := _argument(node)):
                yield _pattern(module, node, *found)


def _argument(call: ast.Call) -> tuple[ast.expr, tuple[str, ...]] | None:
    """The expression of a call's pattern, and the functions that look with it."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="re"), attr="compile"):
            return call.args[0], ()
        case ast.Attribute(value=ast.Name(id="re"), attr=attr) if attr in FUNCTIONS:
            return call.args[0], (attr,)
        case ast.Name(id="Meta") | ast.Attribute(attr="Meta"):
            given = next((keyword.value for keyword in call.keywords if keyword.arg == "pattern"), None)
            return None if given is None else (given, ("search",))
    return None


def _pattern(module: Module, call: ast.Call, given: ast.expr, uses: tuple[str, ...]) -> Pattern | str:
    place = f"{module.path}:{ast.unparse(given)}"
    namespace = vars(importlib.import_module(module.name))
    try:
        text = eval(compile(ast.Expression(given), place, "eval"), namespace)
    except NameError:
        return place
    if isinstance(text, re.Pattern):
        text = text.pattern
    flags = re.IGNORECASE if any("IGNORECASE" in ast.unparse(arg) for arg in call.args[1:]) else 0
    return Pattern(place, text, flags, uses or _uses(module, call) or FUNCTIONS[:4])


def _uses(module: Module, call: ast.Call) -> tuple[str, ...]:
    """The methods by which the module uses the name that a compiled pattern is bound to."""
    names = {
        target.id
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is call
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    return tuple(
        sorted(
            {
                node.attr
                for node in ast.walk(module.tree)
                if isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id in names
                and node.attr in FUNCTIONS
            }
        )
    )


def work_of(pattern: Pattern, hostile: Callable[[int], str]) -> Callable[[int], Callable[[], object]]:
    """The looking of a pattern at a hostile text of a given length."""
    compiled: Any = re.compile(pattern.pattern, pattern.flags)

    def at(length: int) -> Callable[[], object]:
        text: Any = hostile(length)
        if isinstance(pattern.pattern, bytes):
            text = text.encode("utf-8", "replace")
        looks = [_look(compiled, use, text) for use in pattern.uses]
        return lambda: [look() for look in looks]

    return at


def _look(compiled: Any, use: str, text: Any) -> Callable[[], object]:
    if use == "sub":
        return lambda: compiled.sub(text[:0], text)
    if use == "finditer":
        return lambda: list(compiled.finditer(text))
    return lambda: getattr(compiled, use)(text)


def hostile_texts(pattern: Pattern) -> Iterator[Callable[[int], str]]:
    """Repetitions of what the pattern looks for, its beginnings and parts, each ended by what it does not want."""
    plain = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    parts = list(dict.fromkeys(_parts(_parser.parse(plain, pattern.flags))))
    whole = "".join(parts)
    beginnings = ["".join(parts[:end]) for end in range(1, len(parts) + 1)]
    pairs = [one + other for one in parts[:PAIRS_MAX] for other in parts[:PAIRS_MAX]]
    units = [unit for unit in dict.fromkeys([*parts, *beginnings, *pairs, " ", "a", "0"]) if unit]
    for unit in units:
        for opening in ("", whole, parts[0] if parts else ""):
            for end in ENDS:
                yield lambda length, unit=unit, opening=opening, end=end: (  # type: ignore[misc]
                    opening + unit * (length // len(unit)) + end
                )


def _parts(parsed: Any) -> Iterator[str]:
    """A text that each part of a parsed pattern takes."""
    literal = ""
    for kind, value in parsed:
        name = str(kind)
        if name == "LITERAL":
            literal += chr(value)
            continue
        if literal:
            yield literal
            literal = ""
        yield from _part(name, value)
    if literal:
        yield literal


def _part(name: str, value: Any) -> Iterator[str]:
    match name:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            yield from _parts(value[2])
        case "SUBPATTERN":
            yield from _parts(value[3])
        case "BRANCH":
            for branch in value[1]:
                yield from _parts(branch)
        case "ASSERT" | "ASSERT_NOT":
            yield from _parts(value[1])
        case "IN":
            yield from _of_class(value)
        case "ANY" | "NOT_LITERAL":
            yield "x"


def _of_class(members: Any) -> Iterator[str]:
    """One or two characters of a class."""
    if str(members[0][0]) == "NEGATE":
        yield "x"
        return
    for kind, value in members[:2]:
        match str(kind):
            case "LITERAL":
                yield chr(value)
            case "RANGE":
                yield chr(value[0])
            case "CATEGORY":
                yield " " if "SPACE" in str(value) else "0" if "DIGIT" in str(value) else "w"
