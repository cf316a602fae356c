"""A walk through everything inside a catalogue value, with the path at which it stands in the file."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from services.catalog.problems import Path


def walk(value: object, path: Path = ()) -> Iterator[tuple[Path, Struct]]:
    """Every struct inside a value with its path (keys as in the file, list positions), outermost first."""
    if isinstance(value, Struct):
        yield path, value
        for name, key in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield from walk(getattr(value, name), (*path, key))
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from walk(item, (*path, position))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
