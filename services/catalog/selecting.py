"""Reads of the catalogue that combine entries: a selection is composed from the published revisions in the views."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from services.catalog.domain.errors import CalendarUnknown
from services.catalog.model import Service
from services.catalog.projections.calendars import CALENDARS
from services.catalog.projections.services import REVISIONS, SERVICES, ServiceDocument
from services.catalog.selection.case import Revision
from services.catalog.selection.composing import compose
from services.catalog.selection.request import Selection, SelectionRequest
from shared.kernel.actors import CATALOG_TENANT
from shared.web.routes import ReadCall, Reader, ReadRoute

CALENDAR = "cn"
# As many entries as the catalogue has, twice: the newest revisions and those that are still asked for.
ENTRIES_KEPT = 102


async def read_selection(call: ReadCall, reader: Reader) -> Selection:
    """R-020..R-062 over the newest revisions, or those that the request names; nothing is recorded."""
    request: SelectionRequest = call.body
    revisions: dict[str, Revision] = {}
    for wanted in request.services:
        if wanted.revision:
            found = await reader.get(REVISIONS, CATALOG_TENANT, f"{wanted.service}@{wanted.revision}")
        else:
            found = await reader.get(SERVICES, CATALOG_TENANT, wanted.service)
        if found is not None and (revision := revision_of(found)) is not None:
            revisions[wanted.service] = revision
    calendar = await reader.get(CALENDARS, CATALOG_TENANT, CALENDAR)
    if calendar is None:
        raise CalendarUnknown(CALENDAR, field="calendar")
    return compose(request, revisions, calendar.calendar)


def revision_of(document: ServiceDocument) -> Revision | None:
    """A published revision as rules read it; None for one that is not in the format of the catalogue files."""
    service = _entry_or_none(document.content_sha256, bytes(document.document))
    if service is None:
        return None
    return Revision(
        service=service,
        revision=document.revision,
        content_sha256=document.content_sha256,
        retired=bool(document.retired),
    )


@lru_cache(maxsize=ENTRIES_KEPT)
def _entry(content_sha256: str, document: bytes) -> Service:
    """The entry is decoded once; its hash is part of the key so that the long text is seldom compared."""
    return msgspec.json.decode(document, type=Service)


def _entry_or_none(content_sha256: str, document: bytes) -> Service | None:
    try:
        return _entry(content_sha256, document)
    except msgspec.ValidationError:
        return None


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
