"""What changed between two revisions of a service, or two exports: documents in, readable changes out.

Entries of a list are matched by what names them (id, or Chinese name), so that a moved entry changes no others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

_NAMING_KEYS = ("id", "name_zh", "item_zh", "task_zh", "what_zh", "document", "text_en", "kind")

_COMMON_KEYS = ("editions", "source", "notes")


class Change(Struct, frozen=True, kw_only=True):
    """One value that differs: `before` or `after` is absent (None) where the value was added or removed."""

    path: str
    kind: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        if self.kind == "changed":
            return f"~ {self.path}: {self.before} -> {self.after}"
        return f"+ {self.path}: {self.after}" if self.kind == "added" else f"- {self.path}: {self.before}"


def differences(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Every difference between two plain JSON documents, in the order of the second, removed values at their list."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*after, *(key for key in before if key not in after)]
        inner = {key: f"{path}.{key}" if path else str(key) for key in keys}
        yield from _by_key(before, after, inner)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif before != after:
        yield Change(path=path, kind="changed", before=_text(before), after=_text(after))


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Change]:
    old, new = _named(before), _named(after)
    yield from _by_key(old, new, {name: f"{path}[{name}]" for name in [*new, *(n for n in old if n not in new)]})


def _by_key(before: dict[str, Any], after: dict[str, Any], paths: dict[str, str]) -> Iterator[Change]:
    for key, path in paths.items():
        if key not in before:
            yield Change(path=path, kind="added", after=_text(after[key]))
        elif key not in after:
            yield Change(path=path, kind="removed", before=_text(before[key]))
        else:
            yield from differences(before[key], after[key], path)


def _named(items: list[Any]) -> dict[str, Any]:
    """The items under their names; a name that repeats gets a number, an item without one its position."""
    named: dict[str, Any] = {}
    for position, item in enumerate(items):
        name = next((str(item[key]) for key in _NAMING_KEYS if item.get(key)), "") if isinstance(item, dict) else ""
        name = name or (str(position) if isinstance(item, dict | list) else _text(item))
        number, unique = 1, name
        while unique in named:
            number += 1
            unique = f"{name} #{number}"
        named[unique] = item
    return named


def _text(value: Any) -> str:
    """One line for a reader: what names an entry first, and nothing that is empty or null inside it."""
    if isinstance(value, dict):
        items = sorted(value.items(), key=lambda item: item[0] in _COMMON_KEYS)
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in items if inner not in (None, [])) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(inner) for inner in value) + "]"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
