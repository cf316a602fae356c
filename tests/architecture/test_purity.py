"""What is folded or decided is the same on every replay: no clock, chance, environment, file or calendar library.

The check follows imports: a pure module is only as pure as what it imports from the project.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, assert_none, dotted, modules, plant, within

# The stages that a replay runs through again, and the arithmetic below them.
PURE_STAGES = re.compile(
    r"services/\w+/(domain|projections)/.*"
    r"|services/\w+/(publishing|reactions)\.py"
    r"|shared/catalogue/.*"
    r"|shared/periods/.*"
    r"|shared/deadlines/(model|commands)\.py"
    r"|shared/projections/view\.py"
    r"|shared/public_events/.*"
)

# What reaches outside the arguments: time, chance, the machine, files, the network, other threads, old calendars.
IMPURE_MODULES = (
    "aiohttp", "aiokafka", "asyncio", "chinese_calendar", "concurrent", "eventsourcing", "glob", "holidays", "http",
    "importlib.resources", "io", "locale", "logging", "multiprocessing", "opentelemetry", "os", "pathlib", "platform",
    "psycopg", "random", "secrets", "shutil", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time",
    "urllib.request", "uuid.uuid1", "uuid.uuid4", "zoneinfo",
)  # fmt: skip

# Names that reach outside without an import; `hash` and `id` differ from process to process.
IMPURE_NAMES = {"__import__", "breakpoint", "eval", "exec", "hash", "id", "input", "open", "print"}
IMPURE_CALLS = re.compile(r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today|uuid\.uuid[14]|sys\.(argv|stdin|stdout))")


def impure_modules(root: Path) -> list[str]:
    """Reaches outside their arguments, in the pure stages and in whatever they import from the project."""
    known = {module.name: module for module in modules(root, "services", "shared")}
    return [
        f"{module.path}:{line} {what}{_reached(importer)}"
        for module, importer in _pure(known)
        for line, what in _impurities(module)
    ]


def _pure(known: dict[str, Module]) -> Iterator[tuple[Module, str]]:
    """The modules that have to be pure, each with the module that makes it so (empty for a stage itself)."""
    waiting = [(module, "") for module in known.values() if PURE_STAGES.fullmatch(module.path)]
    seen = {module.name for module, _ in waiting}
    while waiting:
        module, importer = waiting.pop()
        yield module, importer
        for _, name in module.imports:
            for target in _and_packages(name):
                if target in known and target not in seen:
                    seen.add(target)
                    waiting.append((known[target], module.path))


def _and_packages(name: str) -> list[str]:
    """A dotted name and the packages it lies in, whose `__init__` an import runs as well."""
    parts = name.split(".")
    return [".".join(parts[: length + 1]) for length in range(len(parts))]


def _reached(importer: str) -> str:
    return f" (imported by {importer})" if importer else ""


def _impurities(module: Module) -> Iterator[tuple[int, str]]:
    for line, name in module.imports:
        if within(name, *IMPURE_MODULES):
            yield line, f"imports {name}"
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_NAMES:
                yield node.lineno, f"calls {name}"
            case ast.Attribute() if IMPURE_CALLS.fullmatch(dotted(node)):
                yield node.lineno, f"uses {dotted(node)}"
            case ast.AsyncFunctionDef(name=name):
                yield node.lineno, f"waits in {name}"


PLANTED = [
    "from datetime import datetime\nNOW = datetime.now()",
    "import datetime\ndef decide(): return datetime.datetime.utcnow()",
    "from datetime import date\ndef decide(): return date.today()",
    "def decide():\n    import time\n    return time.time()",
    "from uuid import uuid4",
    "import uuid\ndef decide(): return uuid.uuid4()",
    "import random",
    "from secrets import token_hex",
    "from os import environ",
    "from pathlib import Path",
    "def decide(): return open('terms.json')",
    "from importlib import resources\nfrom importlib.resources import files",
    "from chinese_calendar import is_workday",
    "from zoneinfo import ZoneInfo",
    "import logging",
    "def evolve(state): return hash(state)",
    "async def decide(): ...",
]

PLACES = [
    "services/one/domain/decider.py",
    "services/one/projections/contracts.py",
    "services/one/publishing.py",
    "services/one/reactions.py",
    "shared/periods/engine.py",
    "shared/deadlines/model.py",
]


def test_what_is_replayed_is_pure() -> None:
    assert_none(impure_modules(ROOT))


@pytest.mark.parametrize("source", PLANTED)
def test_a_planted_reach_outside_is_caught(source: str, tmp_path: Path) -> None:
    assert impure_modules(plant(tmp_path, {PLACES[0]: source}))


@pytest.mark.parametrize("place", PLACES)
def test_a_reach_outside_is_caught_in_every_pure_stage(place: str, tmp_path: Path) -> None:
    (violation,) = impure_modules(plant(tmp_path, {place: "import random"}))
    assert violation.startswith(place)


@pytest.mark.parametrize("imported", ["shared.kernel.clock", "shared.kernel.clock.now"])
def test_a_reach_outside_through_an_import_is_caught(imported: str, tmp_path: Path) -> None:
    package, _, name = imported.rpartition(".")
    tree = {PLACES[0]: f"from {package} import {name}", "shared/kernel/clock.py": "import time"}
    (violation,) = impure_modules(plant(tmp_path, tree))
    assert violation == f"shared/kernel/clock.py:1 imports time (imported by {PLACES[0]})"


def test_edges_and_pure_code_are_not_reported(tmp_path: Path) -> None:
    tree = {
        "services/one/api.py": "import time",
        "shared/deadlines/ticker.py": "import asyncio",
        PLACES[0]: "from datetime import datetime, UTC\nfrom uuid import uuid5\nA = datetime(2026, 1, 1, tzinfo=UTC)",
    }
    assert impure_modules(plant(tmp_path, tree)) == []
