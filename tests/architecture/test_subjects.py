"""A domain that is cut by subject: what one subject may import of another, and of what joins them (decision 47).

A subject is a folder of the domain. Its files stand on rungs: data, then the fold (`evolve`), then `consequences`, then
`decide`. Other subjects see its data and, from their own deciders, its consequences; never its fold or its deciders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Check, Module, assert_none, modules, plant

# The services whose domains are cut by subject.
CUT = ("acceptance", "contracts")

DATA, FOLD, CONSEQUENCES, DECIDE = 0, 2, 4, 6
# Any other file of a subject (commands, events, errors, state, terms, timers, ...) is data, or pure questions to it.
RUNGS = {"evolve": FOLD, "consequences": CONSEQUENCES, "decide": DECIDE}


class Domain:
    """The files of one domain by dotted name, and who imports whom inside it."""

    def __init__(self, root: Path, service: str) -> None:
        self.prefix = f"services.{service}.domain."
        self.files = {module.name: module for module in modules(root, f"services/{service}/domain")}

    @cached_property
    def imports(self) -> Mapping[str, tuple[tuple[int, str], ...]]:
        """(line, file) of what each file imports of the same domain."""
        return {name: tuple(self._inside(module)) for name, module in self.files.items()}

    def _inside(self, module: Module) -> Iterator[tuple[int, str]]:
        for line, name in module.imports:
            for known in (name, name.rpartition(".")[0]):
                if known in self.files and known != module.name:
                    yield line, known
                    break

    def subject(self, name: str) -> str:
        """The subject of a file; empty for what joins them."""
        parts = name.removeprefix(self.prefix).split(".")
        return parts[0] if len(parts) > 1 else ""

    def rung(self, name: str) -> int:
        """Where a file stands; what joins subjects stands one step above what it imports, unless all of it is data."""
        if self.subject(name):
            return RUNGS.get(name.removeprefix(self.prefix).split(".")[1], DATA)
        return self._joined(name, ())

    def _joined(self, name: str, seen: tuple[str, ...]) -> int:
        if name in seen:
            return DATA
        below = [
            self.rung(other) if self.subject(other) else self._joined(other, (*seen, name))
            for _, other in self.imports[name]
        ]
        highest = max(below, default=DATA)
        return highest + 1 if highest in RUNGS.values() else highest

    def asks(self) -> Mapping[str, set[str]]:
        """Which subjects' consequences the deciders of a subject call on."""
        asked: dict[str, set[str]] = {}
        for name, found in self.imports.items():
            for _, other in found:
                if self.subject(name) and self.subject(other) and self.rung(other) == CONSEQUENCES:
                    asked.setdefault(self.subject(name), set()).add(self.subject(other))
        return {subject: others - {subject} for subject, others in asked.items()}


def domains(root: Path) -> list[Domain]:
    """Every domain that is cut by subject."""
    return [Domain(root, service) for service in CUT]


def hidden_files(root: Path) -> list[str]:
    """Imports of another subject's fold or deciders, or of its consequences by anything but deciders."""
    return [
        f"{domain.files[name].path}:{line} imports {other}, which is for {allowed} only"
        for domain in domains(root)
        for name, found in domain.imports.items()
        for line, other in found
        if domain.subject(name) and domain.subject(other) not in ("", domain.subject(name))
        for allowed in _allowed(domain, name, other)
    ]


def _allowed(domain: Domain, name: str, other: str) -> Iterator[str]:
    match domain.rung(other):
        case 2 | 6:
            yield "what joins the subjects"
        case 4 if domain.rung(name) < CONSEQUENCES:
            yield "deciders and consequences"


def imports_upwards(root: Path) -> list[str]:
    """Imports of a file that stands higher: data of a fold, a fold of the draft, a subject of the dispatch."""
    return [
        f"{domain.files[name].path}:{line} imports {other}, which stands above it"
        for domain in domains(root)
        for name, found in domain.imports.items()
        for line, other in found
        if domain.subject(name) and domain.rung(other) > domain.rung(name)
    ]


def circles(root: Path) -> list[str]:
    """Files that import themselves round about, and subjects whose deciders ask each other."""
    found = []
    for domain in domains(root):
        files = {name: {other for _, other in imported} for name, imported in domain.imports.items()}
        found += [f"files: {' -> '.join(circle)}" for circle in _circles(files)]
        found += [f"subjects: {' -> '.join(circle)}" for circle in _circles(domain.asks())]
    return found


def _circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The first circle that a walk from each node closes, each once."""
    done: set[str] = set()
    found: list[list[str]] = []

    def walk(node: str, path: list[str]) -> None:
        if node in path:
            found.append([*path[path.index(node) :], node])
        elif node not in done:
            for following in sorted(graph.get(node, ())):
                walk(following, [*path, node])
            done.add(node)

    for node in sorted(graph):
        walk(node, [])
    return found


CHECKS: tuple[Check, ...] = (hidden_files, imports_upwards, circles)

ONE, TWO = "services/acceptance/domain/one", "services/acceptance/domain/two"
HOUSE = {
    f"{ONE}/state.py": "",
    f"{ONE}/evolve.py": "from services.acceptance.domain.state import Contract",
    f"{ONE}/consequences.py": "from services.acceptance.domain.draft import Draft",
    f"{ONE}/decide/notice.py": "from services.acceptance.domain.two import consequences as two",
    f"{TWO}/state.py": "from services.acceptance.domain.one.state import Open",
    f"{TWO}/consequences.py": "from services.acceptance.domain.draft import Draft",
    "services/acceptance/domain/state.py": "from services.acceptance.domain.two.state import Closed",
    "services/acceptance/domain/evolve.py": "from services.acceptance.domain.one import evolve as one",
    "services/acceptance/domain/draft.py": "from services.acceptance.domain.evolve import evolve",
    "services/acceptance/domain/decide.py": "from services.acceptance.domain.one.decide.notice import notify",
}
PLANTED = [
    (hidden_files, f"{TWO}/terms.py", "from services.acceptance.domain.one.evolve import fold"),
    (hidden_files, f"{TWO}/decide.py", "from services.acceptance.domain.one.decide import notice"),
    (hidden_files, f"{TWO}/evolve.py", "from services.acceptance.domain.one.consequences import follow"),
    (imports_upwards, f"{ONE}/timers.py", "from services.acceptance.domain.one.evolve import fold"),
    (imports_upwards, f"{TWO}/evolve.py", "from services.acceptance.domain.draft import Draft"),
    (imports_upwards, f"{TWO}/decide.py", "def late():\n    from services.acceptance.domain.decide import decide"),
    (circles, f"{TWO}/decide.py", "from services.acceptance.domain.one.consequences import follow"),
    (circles, f"{ONE}/events.py", "from services.acceptance.domain.one.commands import A"),
]
# What closes the circle of the last one.
BESIDE = {f"{ONE}/commands.py": "from services.acceptance.domain.one.events import B"}


@pytest.mark.parametrize("check", CHECKS)
def test_subjects_keep_to_the_house_rules(check: Check) -> None:
    assert_none(check(ROOT))


@pytest.mark.parametrize(("check", "path", "source"), PLANTED)
def test_a_planted_import_between_subjects_is_caught(check: Check, path: str, source: str, tmp_path: Path) -> None:
    beside = BESIDE if path == f"{ONE}/events.py" else {}
    (violation,) = check(plant(tmp_path, HOUSE | beside | {path: source}))
    assert violation.startswith((f"{path}:", "files: ", "subjects: "))


@pytest.mark.parametrize("check", CHECKS)
def test_an_allowed_import_between_subjects_is_not_reported(check: Check, tmp_path: Path) -> None:
    assert check(plant(tmp_path, HOUSE)) == []


def test_what_joins_subjects_stands_above_what_it_joins() -> None:
    acceptance = Domain(ROOT, "acceptance")
    order = [acceptance.rung(f"{acceptance.prefix}{name}") for name in ("state", "evolve", "draft", "dispatch")]
    assert order[0] == DATA
    assert all(lower <= higher for lower, higher in pairwise(order))
    assert order[-1] > DECIDE
