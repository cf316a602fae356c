"""Ids are unique, and whatever is named exists: editions, windows, entries of the same file, other services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from services.catalog.checks.context import Context, duplicates, editions_of
from services.catalog.problems import Defect, Path
from services.catalog.walking import walk
from shared.catalogue.format.acceptance import Acceptance, Cover
from shared.catalogue.format.model import Channel, Choice, MatrixRow, Milestone, Prerequisite, Service
from shared.catalogue.format.values import Entry, Figure

_PREREQUISITE_RULES = {"service_bought": "R-026", "edition_bought": "R-026", "deliverable_accepted": "R-027"}


def unique_ids(service: Service, _: Context) -> Iterator[Defect]:
    """Ids are unique in their list; editions and options share one space because choices refer to both."""
    lists: dict[str, list[str]] = {
        name: [entry.id for entry in getattr(service, name)]
        for name in ("editions", "modules", "windows", "deliverables", "acceptance", "quantity_rules")
    }
    for name, ids in lists.items():
        for position, value in duplicates(ids):
            yield _twice((name, position, "id"), value)
    taken = set(lists["editions"])
    for position, option in enumerate(service.options):
        if option.id in taken:
            yield _twice(("options", position, "id"), option.id)
        taken.add(option.id)


def known_editions(service: Service, _: Context) -> Iterator[Defect]:
    """Every edition that is named exists."""
    known = {edition.id for edition in service.editions} | {option.id for option in service.options}
    for path, value in walk(service):
        for key, name in _named_editions(value):
            if name not in known:
                rule = "R-041" if isinstance(value, MatrixRow) else "R-025"
                yield _unknown((*path, *key), "edition", "版本", name, rule)


def known_windows(service: Service, _: Context) -> Iterator[Defect]:
    """Every service window and SLA level that is named exists."""
    windows = {window.id for window in service.windows}
    levels = {row.level for row in service.sla}
    for path, value in walk(service):
        window = getattr(value, "window", None)
        if window is not None and window not in windows:
            yield _unknown((*path, "window"), "window", "服务窗口", window, "R-295")
        if isinstance(value, Channel):
            for level in value.levels:
                if level not in levels:
                    yield _unknown((*path, "levels"), "SLA level", "服务级别", level, "R-276")


def known_covers(service: Service, _: Context) -> Iterator[Defect]:
    """What acceptance entries and milestones cover stands in the same file."""
    names = {
        "deliverable": {item.name_zh for item in service.deliverables},
        "phase": {item.name_zh for item in service.phases},
        "milestone": {item.name_zh for item in service.milestones},
    }
    for path, value in walk(service):
        if isinstance(value, Cover) and value.kind in names and value.name_zh not in names[value.kind]:
            yield _unknown((*path, "name_zh"), value.kind, "被覆盖项", value.name_zh, "R-128")


def known_acceptance_entries(service: Service, _: Context) -> Iterator[Defect]:
    """`after` and `confirms` name other acceptance entries, without a circle."""
    known = {entry.id: entry for entry in service.acceptance}
    for position, entry in enumerate(service.acceptance):
        for key in ("after", "confirms"):
            for name in getattr(entry, key):
                if name not in known:
                    yield _unknown(("acceptance", position, key), "acceptance entry", "验收项", name, "R-153")
        if _reaches(entry.id, entry, known):
            yield Defect(
                path=("acceptance", position, "after"),
                text_en=f"`{entry.id}` waits for itself",
                text_zh=f"验收项“{entry.id}”循环依赖自身",
                rule="R-153",
            )


def known_prerequisites(service: Service, context: Context) -> Iterator[Defect]:
    """What has to be there first exists in the catalogue; alternatives come at least in twos (R-026, R-027, R-028)."""
    groups = Counter(prerequisite.group for prerequisite in service.prerequisites)
    for position, prerequisite in enumerate(service.prerequisites):
        path: Path = ("prerequisites", position)
        rule = _PREREQUISITE_RULES.get(prerequisite.kind)
        if rule is not None and (prerequisite.of is None or not _target_exists(prerequisite, context)):
            yield _unknown((*path, "of"), "prerequisite", "前置服务或交付物", prerequisite.of or "?", rule)
        if prerequisite.group is not None and groups[prerequisite.group] < 2:
            text_en, text_zh = "an alternative of nothing", "备选组只有一个前置条件"
            yield Defect(path=(*path, "group"), text_en=text_en, text_zh=text_zh, rule=rule or "R-028")


def known_phases(service: Service, _: Context) -> Iterator[Defect]:
    """A milestone belongs to a phase of the file."""
    phases = {phase.name_zh for phase in service.phases}
    for path, value in walk(service):
        if isinstance(value, Milestone) and value.phase_zh is not None and value.phase_zh not in phases:
            yield _unknown((*path, "phase_zh"), "phase", "阶段", value.phase_zh, "R-105")


def _named_editions(value: Struct) -> Iterator[tuple[Path, str]]:
    """The ids of editions that a value names, each with where it names them."""
    if isinstance(value, Entry):
        yield from ((("editions",), name) for name in sorted(editions_of(value) or ()))
    if isinstance(value, MatrixRow):
        yield from ((("cells", name), name) for name in value.cells)
    if isinstance(value, Choice):
        yield from ((("of",), name) for name in value.of)
    if isinstance(value, Figure) and value.edition is not None:
        yield ("edition",), value.edition


def _target_exists(prerequisite: Prerequisite, context: Context) -> bool:
    name, _, part = str(prerequisite.of).partition(":")
    service = context.services.get(name)
    if service is None:
        return False
    if prerequisite.kind == "service_bought":
        return not part
    parts = service.editions if prerequisite.kind == "edition_bought" else service.deliverables
    return any(entry.id == part for entry in parts)


def _reaches(target: str, entry: Acceptance, known: dict[str, Acceptance]) -> bool:
    waiting, seen = list(entry.after), set[str]()
    while waiting:
        name = waiting.pop()
        if name == target:
            return True
        if name not in seen and name in known:
            seen.add(name)
            waiting.extend(known[name].after)
    return False


def _twice(path: Path, value: str) -> Defect:
    return Defect(path=path, text_en=f"the id `{value}` is used twice", text_zh=f"标识“{value}”重复")


def _unknown(path: Path, what_en: str, what_zh: str, name: str, rule: str) -> Defect:
    return Defect(path=path, text_en=f"no {what_en} `{name}`", text_zh=f"{what_zh}“{name}”不存在", rule=rule)
