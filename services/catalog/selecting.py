"""A question to the catalogue: a selection is composed from published revisions that are kept in memory."""

from __future__ import annotations

from msgspec.structs import replace

from services.catalog.domain.errors import CalendarUnknown
from services.catalog.memory import ENTRIES, WORK_CALENDARS
from services.catalog.projections.services import HEADS, REVISIONS
from shared.catalogue.selection.answer import Selection
from shared.catalogue.selection.case import Revision, shown_revision
from shared.catalogue.selection.composing import SELECTION_CALENDAR, compose, needed_revisions
from shared.catalogue.selection.request import SelectionRequest
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.names import key_name
from shared.web.routes import ReadCall, Reader, ReadRoute


async def read_selection(call: ReadCall, reader: Reader) -> Selection:
    """R-020..R-062 over the newest revisions, or those that the request names; nothing is recorded."""
    request: SelectionRequest = call.body
    revisions: dict[str, Revision] = {}
    for service, revision in sorted(needed_revisions(request), key=str):
        found = await _revision(reader, service, revision)
        if found is not None:
            revisions[shown_revision(service, revision)] = found
    calendar = await WORK_CALENDARS.newest(reader, SELECTION_CALENDAR)
    if calendar is None:
        raise CalendarUnknown(SELECTION_CALENDAR, field="calendar")
    return compose(request, revisions, calendar)


async def _revision(reader: Reader, service: str, revision: int | None) -> Revision | None:
    """A revision as rules read it; None for one that is unknown or not in the format of the catalogue files."""
    head = await reader.get(HEADS, CATALOG_TENANT, service)
    if head is None:
        return None
    if revision not in (None, head.revision):
        pinned = await reader.get(REVISIONS, CATALOG_TENANT, key_name(service, str(revision)))
        if pinned is None:
            return None
        head = replace(head, revision=pinned.revision, content_sha256=pinned.content_sha256)
    entry = await ENTRIES.entry(reader, head)
    if entry is None:
        return None
    return Revision(
        service=entry.service,
        revision=head.revision,
        content_sha256=head.content_sha256,
        retired=bool(head.retired),
    )


SELECTION_ROUTE = ReadRoute(
    path="/catalog/selections",
    operation_id="composeSelection",
    response=Selection,
    read=read_selection,
    summary_en="Compose a selection and check every rule of the catalogue; nothing is recorded",
    summary_zh="组合所选服务并校验目录规则（不作记录）",
    tag="catalog",
    body=SelectionRequest,
)
