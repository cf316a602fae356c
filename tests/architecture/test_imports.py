"""Who may import what: contexts do not know each other, domains know only values, each driver has one home."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Check, Module, assert_none, modules, plant, within

# What decides knows the standard library, msgspec, and the vocabulary: values, messages, the published language.
# That these are pure themselves is what test_purity.py checks.
DOMAIN_VOCABULARY = (
    "msgspec",
    "shared.catalogue",
    "shared.commands.command",
    "shared.commands.decision",
    "shared.commands.service",
    "shared.deadlines",
    "shared.kernel",
    "shared.messages",
    "shared.periods",
    "shared.public_events",
)

# Libraries that one place wraps for all others.
HOMES = {
    "eventsourcing": ("shared.eventstore",),
    "psycopg": ("shared.eventstore", "shared.testing"),
    "psycopg_pool": ("shared.eventstore",),
    "sqlite3": ("shared.eventstore",),
    "zstandard": ("shared.eventstore",),
    "aiokafka": ("shared.kafka",),
    "chinese_calendar": ("services.catalog", "services.cli"),
    "holidays": (),
}


# What runs a service. A service knows nothing of it but how its own process begins.
HOSTING = "services.hosting"


def service_of(name: str) -> str | None:
    """The bounded context a module belongs to; None for what composes services: `services.hosting.runtime`, the CLI."""
    parts = name.split(".")
    return parts[1] if parts[0] == "services" and len(parts) > 1 and parts[1] != "cli" else None


def contexts(root: Path) -> set[str]:
    """The bounded contexts of a tree: the folders of services/ that have a domain."""
    return {folder.parent.name for folder in (root / "services").glob("*/domain")}


def foreign_imports(root: Path) -> list[str]:
    """Imports of one service by another; and of services or tests by what is below them."""
    services = contexts(root)
    found = []
    for module in modules(root, "services", "shared"):
        own = service_of(module.name)
        for line, name in module.imports:
            other = service_of(name)
            if own in services and other in services and own != other:
                found.append(f"{module.path}:{line} service {own} imports service {other}")
            if own in services and within(name, HOSTING) and module.name != f"services.{own}.__main__":
                found.append(f"{module.path}:{line} service {own} imports {name}, which runs it")
            if within(module.name, "shared") and within(name, "services"):
                found.append(f"{module.path}:{line} shared imports {name}")
            if within(name, "tests"):
                found.append(f"{module.path}:{line} imports {name}")
            if within(name, "shared.testing") and not within(module.name, "shared.testing"):
                found.append(f"{module.path}:{line} imports {name}, which is for tests")
    return found


def domain_imports(root: Path) -> list[str]:
    """Imports of a domain beyond its vocabulary."""
    return [
        f"{module.path}:{line} a domain imports {name}"
        for module in modules(root, "services")
        if "/domain/" in module.path
        for line, name in module.imports
        if not _is_domain_vocabulary(module, name)
    ]


def _is_domain_vocabulary(module: Module, name: str) -> bool:
    own = f"services.{service_of(module.name)}.domain"
    return name.split(".")[0] in sys.stdlib_module_names or within(name, own, *DOMAIN_VOCABULARY)


def homeless_drivers(root: Path) -> list[str]:
    """Imports of a library outside the place that wraps it."""
    return [
        f"{module.path}:{line} imports {name}, whose home is {', '.join(HOMES[library]) or 'tests'}"
        for module in modules(root, "services", "shared")
        for line, name in module.imports
        for library in (name.split(".")[0],)
        if library in HOMES and not within(module.name, *HOMES[library])
    ]


CHECKS: tuple[Check, ...] = (foreign_imports, domain_imports, homeless_drivers)

CONTEXTS = {"services/one/domain/__init__.py": "", "services/two/domain/__init__.py": ""}

PLANTED = [
    (foreign_imports, "services/one/api.py", "from services.two.domain import events"),
    (foreign_imports, "services/one/api.py", "def late():\n    import services.two.publishing"),
    (foreign_imports, "services/one/api.py", "from ..two import publishing"),
    (foreign_imports, "shared/bus/port.py", "from services.hosting.runtime import ServiceRuntime"),
    (foreign_imports, "shared/bus/port.py", "from tests.support import toy_service"),
    (foreign_imports, "services/one/api.py", "from shared.testing import backends"),
    (foreign_imports, "services/one/part.py", "from services.hosting.runtime import ServiceRuntime"),
    (foreign_imports, "services/one/domain/__main__.py", "from services.hosting.process import run"),
    (domain_imports, "services/one/domain/decider.py", "from shared.eventstore.port import EventLog"),
    (domain_imports, "services/one/domain/decider.py", "import shared.commands.writer"),
    (domain_imports, "services/one/domain/decider.py", "from aiohttp import web"),
    (domain_imports, "services/one/domain/decider.py", "from services.one.api import ROUTES"),
    (homeless_drivers, "services/one/projections/view.py", "import sqlite3"),
    (homeless_drivers, "shared/commands/writer.py", "from psycopg import sql"),
    (homeless_drivers, "shared/commands/writer.py", "from eventsourcing.persistence import StoredEvent"),
    (homeless_drivers, "shared/bus/inprocess.py", "from aiokafka import AIOKafkaProducer"),
    (homeless_drivers, "shared/periods/engine.py", "from chinese_calendar import is_workday"),
    (homeless_drivers, "services/catalog/importing.py", "import holidays"),
]

ALLOWED = CONTEXTS | {
    "services/hosting/runtime.py": "from services.one import service\nfrom services.two import service as other",
    "services/cli/run.py": "from services.one import service\nimport chinese_calendar",
    "services/one/__main__.py": "from services.hosting.process import run",
    "services/one/api.py": "from services.one.domain import events\nfrom shared.web import routes",
    "services/one/domain/decider.py": (
        "import decimal, msgspec\nfrom shared.periods import compute\nfrom services.one.domain.events import Signed"
    ),
    "shared/eventstore/sqlite.py": "import sqlite3, eventsourcing.sqlite",
    "shared/kafka/producer.py": "import aiokafka",
    "tests/test_it.py": "import holidays, sqlite3, services.one, shared.testing",
}


@pytest.mark.parametrize("check", CHECKS)
def test_imports_keep_to_the_house_rules(check: Check) -> None:
    assert_none(check(ROOT))


@pytest.mark.parametrize(("check", "path", "source"), PLANTED)
def test_a_planted_import_is_caught(check: Check, path: str, source: str, tmp_path: Path) -> None:
    (violation,) = check(plant(tmp_path, CONTEXTS | {path: source}))
    assert violation.startswith(path)


@pytest.mark.parametrize("check", CHECKS)
def test_an_allowed_import_is_not_reported(check: Check, tmp_path: Path) -> None:
    assert check(plant(tmp_path, ALLOWED)) == []
