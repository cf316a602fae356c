"""The file against its document: section numbers exist, contradictions are noted, defects of the document reported.

What the document itself gets wrong is a warning: the catalogue follows the resolution of the rule book.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from msgspec import UNSET

from services.catalog.checks.context import Context
from services.catalog.problems import Defect, Path
from services.catalog.walking import walk
from shared.catalogue.format.acceptance import Acceptance
from shared.catalogue.format.model import Milestone, Service, SlaRow
from shared.catalogue.format.values import Entry, Note, Period

# The fewest calendar days that a unit of time takes, and its length in minutes where it is a clock time.
_LEAST_DAYS = {"working_day": 1, "calendar_day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
_MINUTES = {"minute": 1, "hour": 60}
_WIDTH = {"working_days": 1, "mon_fri_except_holidays": 1, "daily": 2}


def known_sources(service: Service, context: Context) -> Iterator[Defect]:
    """The document is the printed one and has the section; the chapter of a service is the number of its id (R-020)."""
    documents = {document.id: document for document in context.documents}
    sections = {service.id.partition("-")[2], *context.sections_of(service.id, service.provider)}
    for position, source in enumerate(service.sources):
        document = documents.get(source.document)
        if document is None or document.provider != service.provider or document.version != source.version:
            yield Defect(
                path=("sources", position),
                text_en=f"no document {source.document} {source.version} of {service.provider}",
                text_zh=f"没有文档“{source.document} {source.version}”",
            )
        elif source.section not in sections:
            text_en, text_zh = f"no section `{source.section}`", f"文档中没有章节“{source.section}”"
            yield Defect(path=("sources", position, "section"), text_en=text_en, text_zh=text_zh)


def sourced_entries(service: Service, _: Context) -> Iterator[Defect]:
    """Every entry of a top-level list says which section it comes from."""
    for path, value in walk(service):
        if isinstance(value, Entry) and len(path) == 2 and value.source is UNSET:
            yield Defect(path=path, text_en="the section of this entry is missing", text_zh="缺少来源章节")


def known_sections(service: Service, context: Context) -> Iterator[Defect]:
    """Every `source` names sections that the document has."""
    return unknown_sections(service, context.sections_of(service.id, service.provider))


def unknown_sections(value: object, sections: frozenset[str]) -> Iterator[Defect]:
    """Every section number inside the value that is not among the sections."""
    for path, inner in walk(value):
        source = getattr(inner, "source", UNSET)
        if isinstance(source, str):
            for number in source.split("; "):
                if number not in sections:
                    text_zh = f"文档中没有章节“{number}”"
                    yield Defect(path=(*path, "source"), text_en=f"no section `{number}`", text_zh=text_zh)


def noted_contradictions(service: Service, context: Context) -> Iterator[Defect]:
    """The contradictions of the rule book that concern the service are noted, and no others."""
    concerning = {entry.id for entry in context.contradictions if service.id in entry.services}
    noted = {note.contradiction for note in service.notes}
    for number in sorted(concerning - noted):
        yield Defect(path=("notes",), text_en=f"{number} is not noted", text_zh=f"缺少{number}的说明", rule=number)
    for path, value in walk(service):
        named = value.contradiction if isinstance(value, Note) else None
        if named is not None and named not in concerning:
            text_en, text_zh = f"{named} does not concern {service.id}", f"{named}与该服务无关"
            yield Defect(path=path, text_en=text_en, text_zh=text_zh, rule=named)


def contradictory_document(service: Service, context: Context) -> Iterator[Defect]:
    """Report what is noted: the document contradicts itself here."""
    resolutions = {entry.id: entry.resolution_en for entry in context.contradictions}
    for position, note in enumerate(service.notes):
        if note.contradiction is not None:
            resolution = resolutions.get(note.contradiction, note.text_en)
            yield _warning(
                ("notes", position),
                f"the document contradicts itself, {note.contradiction}: {resolution}",
                f"文档自相矛盾，见{note.contradiction}",
                note.contradiction,
            )


def tight_milestones(service: Service, _: Context) -> Iterator[Defect]:
    """A milestone that is met by an acceptance leaves less time than the review or the proof may take (R-115)."""
    for position, milestone in enumerate(service.milestones):
        gap = _days_before(service, position)
        if gap is None or milestone.met_when != "accepted":
            continue
        for entry in service.acceptance:
            needed = _days_needed(entry)
            if needed > gap and _concerns(entry, milestone):
                yield _warning(
                    ("milestones", position),
                    f"{gap} days before this milestone, but `{entry.id}` may take {needed}",
                    f"该里程碑前仅有{gap}天，而“{entry.id}”的验收至少可能需要{needed}天",
                    "R-115",
                )


def open_milestones(service: Service, _: Context) -> Iterator[Defect]:
    """A milestone without a time has to be filled in the contract before the start (R-107)."""
    for position, milestone in enumerate(service.milestones):
        if milestone.offset is None:
            text_en, text_zh = "the document leaves the time empty", "文档未填写交付时间，须在合同中填写"
            yield _warning(("milestones", position), text_en, text_zh, "R-107")


def slower_wide_window(service: Service, _: Context) -> Iterator[Defect]:
    """The wider service window answers more slowly than the narrow one (R-277)."""
    widths = {window.id: _WIDTH[window.days] for window in service.windows}
    timed = [(place, row) for place, row in enumerate(service.sla) if _minutes(row) and row.window in widths]
    for (place, wide), (_place, narrow) in product(timed, timed):
        same = wide.what_zh == narrow.what_zh and wide.level == narrow.level
        wider = widths[str(wide.window)] > widths[str(narrow.window)]
        if same and wider and _minutes(wide) > _minutes(narrow):
            text_en = f"level {wide.level}: the wider window answers more slowly"
            yield _warning(("sla", place), text_en, f"级别{wide.level}：服务窗口更宽而响应更慢", "R-277")


def _days_before(service: Service, position: int) -> int | None:
    if position == 0:
        return None
    earlier, milestone = service.milestones[position - 1], service.milestones[position]
    unit = milestone.unit or "calendar_day"  # a unit that is not printed counts calendar days
    comparable = (earlier.unit or "calendar_day") == unit and earlier.from_ == milestone.from_
    if not comparable or earlier.offset is None or milestone.offset is None or unit not in _LEAST_DAYS:
        return None
    return (milestone.offset - earlier.offset) * _LEAST_DAYS[unit]


def _days_needed(entry: Acceptance) -> int:
    periods = [entry.review_period, *(criterion.period for criterion in entry.criteria)]
    return max((_least_days(period) for period in periods if period is not None), default=0)


def _least_days(period: Period) -> int:
    length = period.value if isinstance(period.value, int) else 0
    return length * _LEAST_DAYS.get(period.unit, 0)


def _concerns(entry: Acceptance, milestone: Milestone) -> bool:
    return bool({cover.name_zh for cover in entry.covers} & {cover.name_zh for cover in milestone.covers})


def _minutes(row: SlaRow) -> int:
    if row.response is None or not isinstance(row.response.value, int):
        return 0
    return row.response.value * _MINUTES.get(row.response.unit, 0)


def _warning(path: Path, text_en: str, text_zh: str, rule: str) -> Defect:
    return Defect(path=path, text_en=text_en, text_zh=text_zh, rule=rule, severity="warning")
