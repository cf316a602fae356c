"""The project's own Python files as parsed modules, for the checks of this folder.

A check is a function from the root of a tree to the violations it found there, so that it runs on the project and on
trees planted by a test alike.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

Check = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Module:
    """One file: where it is, how it is imported, and what it says."""

    path: str
    text: str

    @cached_property
    def name(self) -> str:
        """The dotted name; a package is named like its folder."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """(line, dotted name) of everything it imports, wherever it does so: `from a import b` gives `a.b`."""
        return tuple(found for node in ast.walk(self.tree) for found in self._imported(node))

    def _imported(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = self._package(level) + ([module] if module else [])
                yield from ((node.lineno, ".".join([*base, alias.name])) for alias in names)

    def _package(self, level: int) -> list[str]:
        """What `level` leading dots of a relative import stand for."""
        if level == 0:
            return []
        inside = self.path.removesuffix(".py").split("/")
        return inside[: len(inside) - level]


def modules(root: Path, *folders: str) -> list[Module]:
    """The Python files below some folders of a tree, by path."""
    found = (path for folder in folders for path in sorted((root / folder).rglob("*.py")))
    return [Module(path.relative_to(root).as_posix(), path.read_text("utf-8")) for path in found]


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages or lies in one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def dotted(node: ast.AST) -> str:
    """`a.b.c` for such an expression, the empty text for any other."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            base = dotted(value)
            return f"{base}.{attribute}" if base else ""
    return ""


def plant(root: Path, files: Mapping[str, str]) -> Path:
    """Write a tree of files for a check to look at."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def assert_none(violations: list[str]) -> None:
    """Fail with one violation a line."""
    assert not violations, "\n" + "\n".join(violations)
