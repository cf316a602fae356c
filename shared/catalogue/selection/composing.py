"""Composes a selection: every rule of the table over every wanted service, and the entry as it was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from shared.catalogue.format.model import Deliverable
from shared.catalogue.selection import choosing, conditions, counting, limiting, ordering, owning, scoping, visiting
from shared.catalogue.selection.answer import (
    DeliverableDue,
    DraftPart,
    Finding,
    OrderedParameters,
    ResolvedService,
    Selection,
)
from shared.catalogue.selection.case import Case, Revision, shown_revision
from shared.catalogue.selection.request import Readings, SelectionRequest, WantedService
from shared.messages import canonical
from shared.periods import WorkCalendar

Rule = Callable[[Case], Iterable[Finding]]

# Which function decides which rules. shape the deliverables too (`deliverables`), R-041 and
# R-042 the scope (`scoping.scope`); R-045 asks for nothing: services are combined freely.
RULES: Mapping[Rule, tuple[str, ...]] = {
    choosing.known: ("R-020", "R-021", "R-043"),
    choosing.choices: ("R-022", "R-023", "R-024", "R-025", "R-026"),
    choosing.indivisible: ("R-039",),
    choosing.joint_sale: ("R-026",),
    choosing.gates: ("R-027",),
    owning.products: ("R-028",),
    counting.recommendations: ("R-029",),
    counting.add_ons: ("R-030", "R-031", "R-038"),
    counting.tiers: ("R-033", "R-034"),
    limiting.limits: ("R-032", "R-035", "R-036", "R-037", "R-038", "R-040"),
    limiting.edition_limits: ("R-037",),
    limiting.caps: ("R-301",),
    scoping.supported: ("R-041",),
    scoping.on_demand: ("R-042",),
    ordering.early_start: ("R-050", "R-051", "R-052", "R-053", "R-062"),
    ordering.bulk: ("R-054",),
    conditions.reviews: ("R-055",),
    conditions.agreements: ("R-056", "R-058"),
    visiting.visits: ("R-057",),
    conditions.proposals: ("R-058",),
    conditions.preparations: ("R-059", "R-060"),
    conditions.refunds: ("R-061",),
}


# Lead times are counted in this calendar.
SELECTION_CALENDAR = "cn"


def needed_revisions(request: SelectionRequest) -> frozenset[tuple[str, int | None]]:
    """The services that are wanted, with the revision that is asked for, and those of earlier orders."""
    bought = {(name.partition(":")[0], None) for name in request.bought}
    return frozenset({*((wanted.service, wanted.revision) for wanted in request.services), *bought})


def compose(request: SelectionRequest, revisions: Mapping[str, Revision], calendar: WorkCalendar) -> Selection:
    """The selection; a service that is not among `revisions` violates R-020, the others are resolved all the same.

    `revisions` are those of the services that are wanted or named as bought, by `shown_revision`.
    """
    services = [revision.service for revision in revisions.values()]
    lead_times = ordering.lead_times(services, request.applied_on, calendar)
    findings: list[Finding] = []
    cases: list[Case] = []
    for index, wanted in enumerate(request.services):
        pinned = revisions.get(shown_revision(wanted.service, wanted.revision))
        if pinned is None:
            findings.append(_unknown(wanted, index))
            continue
        case = Case(
            index=index,
            wanted=wanted,
            pinned=pinned,
            request=request,
            revisions=revisions,
            calendar=calendar,
            lead_times=lead_times,
        )
        findings.extend(finding for rule in RULES for finding in rule(case))
        cases.append(case)
    violations = tuple(finding for finding in findings if finding.severity == "violation")
    sha256 = _sha256(request, cases, calendar)
    items = tuple(_resolved(case, "" if violations else sha256) for case in cases)
    starts = [item.start.earliest_start for item in items if item.start]
    return Selection(
        selection_sha256=sha256,
        valid=not violations,
        items=items,
        earliest_start=max(starts, default=None),
        calendar_version=calendar.version,
        violations=violations,
        warnings=tuple(finding for finding in findings if finding.severity == "warning"),
    )


def _unknown(wanted: WantedService, index: int) -> Finding:
    """A service that was never published, or a revision of it that was not."""
    service, revision = wanted.service, wanted.revision
    of_en, of_zh = (f"revision {revision} of ", f"的第{revision}版") if revision else ("", "")
    return Finding(
        severity="violation",
        rule="R-020",
        service=service,
        field=f"services[{index}].{'revision' if revision else 'service'}",
        about=shown_revision(service, revision),
        text_en=f"the catalogue has no {of_en}service {service!r}",
        text_zh=f"目录中没有服务“{service}”{of_zh}",
    )


def _sha256(request: SelectionRequest, cases: Iterable[Case], calendar: WorkCalendar) -> str:
    pins = [(case.wanted.service, case.pinned.revision, case.pinned.content_sha256) for case in cases]
    return canonical.sha256(msgspec.to_builtins([request, pins, [calendar.id, calendar.version]]))


def _resolved(case: Case, selection_sha256: str) -> ResolvedService:
    """The service as it would be ordered; without the hash of a valid selection nothing can be drafted from it."""
    service, wanted = case.service, case.wanted
    return ResolvedService(
        service=service.id,
        name_zh=service.name_zh,
        name_en=service.name_en,
        revision=case.pinned.revision,
        content_sha256=case.pinned.content_sha256,
        editions=tuple(edition.id for edition in case.editions),
        options=wanted.options,
        quantities=wanted.quantities,
        packs=counting.packs(case),
        scope=scoping.scope(case),
        deliverables=deliverables(case),
        acceptance=tuple(_plain(entry) for entry in service.acceptance if case.applies(entry)),
        start=ordering.start_plan(case),
        draft=_draft(case, selection_sha256) if selection_sha256 else None,
    )


def _draft(case: Case, selection_sha256: str) -> DraftPart:
    wanted = case.wanted
    return DraftPart(
        catalog_service=case.service.id,
        catalog_revision=case.pinned.revision,
        editions=tuple(edition.id for edition in case.editions),
        conditions={deliverable.id: True for deliverable in case.marked},
        selection=OrderedParameters(
            selection_sha256=selection_sha256,
            options={name: f"{quantity:f}" for name, quantity in wanted.options.items()},
            quantities={name: f"{quantity:f}" for name, quantity in wanted.quantities.items()},
            chosen_items=wanted.chosen_items,
            readings=_other_readings(wanted.readings),
            start_on=case.request.start_on,
            start_agreed=case.request.start_agreed,
            request=case.request,
        ),
    )


def _other_readings(readings: Readings) -> dict[str, str]:
    stated, default = msgspec.structs.asdict(readings), msgspec.structs.asdict(Readings())
    return {name: reading for name, reading in stated.items() if reading != default[name]}


def deliverables(case: Case) -> tuple[DeliverableDue, ...]:
    """R-043, R-044, R-046: conditional ones are required only when marked, of alternatives one is enough."""
    marked = {deliverable.id for deliverable in case.marked}
    entries = [entry for entry in case.service.deliverables if case.applies(entry)]
    return tuple(
        DeliverableDue(
            id=entry.id,
            name_zh=entry.name_zh,
            name_en=entry.name_en,
            aliases=entry.aliases,
            blocking=entry.blocking,
            required=not entry.conditional or entry.id in marked,
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
