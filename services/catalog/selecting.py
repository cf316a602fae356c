"""Reads of the catalogue that combine entries: a selection is composed from the published revisions in the views."""

from __future__ import annotations

from functools import lru_cache

import msgspec
from msgspec import Struct

from services.catalog.domain.errors import CalendarUnknown
from services.catalog.model import Service
from services.catalog.projections.calendars import CALENDARS
from services.catalog.projections.services import REVISIONS, SERVICES, ServiceDocument
from services.catalog.search import Dependency, Hit, Indexed, dependencies, index, search
from services.catalog.selection.case import Revision
from services.catalog.selection.composing import compose
from services.catalog.selection.request import Selection, SelectionRequest
from shared.kernel.actors import CATALOG_TENANT
from shared.web.routes import ReadCall, Reader, ReadRoute

CALENDAR = "cn"
# As many entries as the catalogue has, twice: the newest revisions and those that are still asked for.
ENTRIES_KEPT = 102
PAGE_OF_SERVICES = 60


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


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """Services found, and what they need."""

    items: list[Hit]
    dependencies: list[Dependency]


async def read_search(call: ReadCall, reader: Reader) -> SearchAnswer:
    """Browse or search the newest revisions."""
    entries = _indexed(await _newest(reader))
    query = call.query
    hits = search(entries, query.get("q", ""), query.get("provider"), query.get("category"))
    found = {hit.service for hit in hits}
    needs = dependencies(entry.service for entry in entries if entry.service.id in found)
    return SearchAnswer(items=hits, dependencies=needs)


async def _newest(reader: Reader) -> tuple[tuple[str, bytes], ...]:
    documents: list[ServiceDocument] = []
    cursor: str | None = None
    while len(documents) < ENTRIES_KEPT:
        page, cursor = await reader.list(SERVICES, CATALOG_TENANT, "*", cursor, PAGE_OF_SERVICES)
        documents += page
        if cursor is None:
            break
    return tuple((found.content_sha256, bytes(found.document)) for found in documents if not found.retired)


@lru_cache(maxsize=2)
def _indexed(documents: tuple[tuple[str, bytes], ...]) -> tuple[Indexed, ...]:
    """The index of these revisions; a newly published one makes another."""
    return index(entry for content, document in documents if (entry := _entry_or_none(content, document)))


def _entry_or_none(content_sha256: str, document: bytes) -> Service | None:
    try:
        return _entry(content_sha256, document)
    except msgspec.ValidationError:
        return None


SEARCH_ROUTE = ReadRoute(
    path="/catalog/search",
    operation_id="searchCatalog",
    response=SearchAnswer,
    read=read_search,
    summary_en="Search services by Chinese text, pinyin initials or English words, and what they need",
    summary_zh="按中文、拼音首字母或英文检索服务及其依赖",
    query={
        "q": "words, all of which are found",
        "provider": "kingdee, shopex or alibaba",
        "category": "technical_improvement, business_improvement or management_improvement",
    },
    tag="catalog",
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
