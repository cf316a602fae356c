"""Golden files: one stored example of every event version, kept for ever (R-460).

`tests/golden/events/<name>.json` holds the payload as it was written when the event was new. A build must still read
it and lose nothing of it; fields that were added since appear with their defaults.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from shared.messages import canonical
from shared.messages.registry import Registry

E = TypeVar("E", bound=msgspec.Struct)

EVENTS = Path(__file__).parents[2] / "tests" / "golden" / "events"


def golden_file(name: str, folder: Path = EVENTS) -> Path:
    """Where the example of an event version stands."""
    return folder / f"{name}.json"


def without_example(registry: Registry[Any], folder: Path = EVENTS) -> list[str]:
    """The registered names that have no golden file."""
    return [name for name in registry.names() if not golden_file(name, folder).exists()]


def record_examples(registry: Registry[E], events: Iterable[E], folder: Path = EVENTS) -> list[str]:
    """Write an example for every name that has none, from the first event of that name; the names written."""
    written: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    for event in events:
        file = golden_file(registry.name_of(event), folder)
        if not file.exists():
            text = json.dumps(json.loads(canonical.encode(event)), ensure_ascii=False, indent=2, sort_keys=True)
            file.write_text(text + "\n", encoding="utf-8")
            written.append(file.stem)
    return written


def check_example(registry: Registry[Any], name: str, folder: Path = EVENTS) -> None:
    """Read an example with this build; raises AssertionError naming the first value that is lost or changed."""
    stored = golden_file(name, folder).read_bytes()
    event = registry.decode(name, stored)
    _check_kept(json.loads(stored), json.loads(canonical.encode(event)), name)


def _check_kept(stored: Any, read: Any, path: str) -> None:
    if isinstance(stored, dict) and isinstance(read, dict):
        for key, value in stored.items():
            if key not in read:
                raise AssertionError(f"{path}.{key} is lost")
            _check_kept(value, read[key], f"{path}.{key}")
    elif isinstance(stored, list) and isinstance(read, list) and len(stored) == len(read):
        for index, value in enumerate(stored):
            _check_kept(value, read[index], f"{path}[{index}]")
    elif stored != read:
        raise AssertionError(f"{path} was {stored!r} and is read as {read!r}")
