"""Composes a selection: every rule of the table over every wanted service, and the entry as it was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from services.catalog.model import Deliverable
from services.catalog.selection import choosing, counting, ordering
from services.catalog.selection.case import Case, Revision
from services.catalog.selection.request import (
    DeliverableDue,
    Finding,
    ResolvedService,
    Selection,
    SelectionRequest,
)
from shared.messages import canonical
from shared.periods import WorkCalendar

Rule = Callable[[Case], Iterable[Finding]]

# Which function decides which rules; R-043..R-046 shape the deliverables and R-041 is the matrix itself.
RULES: Mapping[tuple[str, ...], Rule] = {
    ("R-020", "R-021", "R-039"): choosing.known,
    ("R-022", "R-023", "R-024", "R-025", "R-026"): choosing.choices,
    ("R-026",): choosing.joint_sale,
    ("R-027",): choosing.gates,
    ("R-028",): choosing.products,
    ("R-029",): counting.recommendations,
    ("R-030", "R-031", "R-038"): counting.add_ons,
    ("R-032", "R-035", "R-036", "R-037", "R-038", "R-040"): counting.limits,
    ("R-037",): counting.edition_limits,
    ("R-033", "R-034"): counting.tiers,
    ("R-042",): choosing.on_demand,
    ("R-050", "R-051", "R-052", "R-053", "R-062"): ordering.early_start,
    ("R-054",): ordering.bulk,
    ("R-055", "R-056", "R-057", "R-058", "R-059", "R-060"): choosing.conditions,
    ("R-061",): choosing.refunds,
}


def compose(request: SelectionRequest, revisions: Mapping[str, Revision], calendar: WorkCalendar) -> Selection:
    """The selection; a service that is not among `revisions` violates R-020, the others are resolved all the same."""
    findings: list[Finding] = []
    items: list[ResolvedService] = []
    for wanted in request.services:
        pinned = revisions.get(wanted.service)
        if pinned is None:
            findings.append(_unknown(wanted.service))
            continue
        case = Case(wanted, pinned, request, revisions, calendar)
        findings.extend(finding for rule in RULES.values() for finding in rule(case))
        items.append(_resolved(case))
    starts = [item.start.earliest_start for item in items if item.start]
    violations = tuple(finding for finding in findings if finding.severity == "violation")
    pins = [(item.service, item.revision, item.content_sha256) for item in items]
    return Selection(
        selection_sha256=canonical.sha256(msgspec.to_builtins([request, pins])),
        valid=not violations,
        items=tuple(items),
        earliest_start=max(starts, default=None),
        violations=violations,
        warnings=tuple(finding for finding in findings if finding.severity == "warning"),
    )


def _unknown(service: str) -> Finding:
    return Finding(
        severity="violation",
        rule="R-020",
        service=service,
        field="service",
        text_en=f"the catalogue has no service {service!r}",
        text_zh=f"目录中没有服务“{service}”",
    )


def _resolved(case: Case) -> ResolvedService:
    service = case.service
    return ResolvedService(
        service=service.id,
        name_zh=service.name_zh,
        name_en=service.name_en,
        revision=case.pinned.revision,
        content_sha256=case.pinned.content_sha256,
        editions=tuple(edition.id for edition in service.editions if edition.id in case.chosen),
        options=case.wanted.options,
        quantities=case.wanted.quantities,
        packs=counting.packs(case),
        deliverables=deliverables(case),
        acceptance=tuple(_plain(entry) for entry in service.acceptance if case.applies(entry)),
        start=ordering.start_plan(case),
    )


def deliverables(case: Case) -> tuple[DeliverableDue, ...]:
    """R-043, R-044, R-046: conditional ones are required only when marked, of alternatives one is enough."""
    entries = [entry for entry in case.service.deliverables if case.applies(entry)]
    return tuple(
        DeliverableDue(
            id=entry.id,
            name_zh=entry.name_zh,
            name_en=entry.name_en,
            aliases=entry.aliases,
            blocking=entry.blocking,
            required=not entry.conditional or entry.id in case.wanted.conditions,
            alternatives=_others(entry, entries),
        )
        for entry in entries
    )


def _others(entry: Deliverable, entries: list[Deliverable]) -> tuple[str, ...]:
    group = entry.alternative_group
    return tuple(e.id for e in entries if group and e.alternative_group == group and e.id != entry.id)


def _plain(entry: object) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(entry)
    return plain
