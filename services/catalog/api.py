"""Stage 1: the catalogue over HTTP: publish and read services, tiers and calendars."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from services.catalog.browsing import BROWSING_ROUTES
from services.catalog.calendars.shipped import CALENDAR
from services.catalog.calendars.statutory import doubts
from services.catalog.domain.commands import PublishCalendarYear, PublishService, PublishTier, Reason, RetireService
from services.catalog.domain.decider import calendar_stream, service_stream, tier_scope, tier_stream
from services.catalog.domain.errors import CalendarUnknown, NotCatalogAdmin, ServiceUnknown, TierUnknown
from services.catalog.format.tiers import Tier
from services.catalog.linting import lint_document
from services.catalog.projections.calendars import CALENDARS, CalendarDocument
from services.catalog.projections.services import REVISIONS, SERVICES, ServiceDocument
from services.catalog.projections.tiers import TIER_REVISIONS, TIERS, TierDocument
from services.catalog.selecting import SELECTION_ROUTE
from shared.catalogue.format.model import Service
from shared.commands.command import Command
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.errors import NotFound
from shared.kernel.ids import Identifier, Sha256
from shared.kernel.names import key_name
from shared.kernel.texts import Text
from shared.messages import canonical
from shared.periods import CalendarYear
from shared.projections.view import View
from shared.public_events.scopes import calendar_scope, service_scope
from shared.web.answers import shown_as
from shared.web.parameters import CURSOR, Parameter
from shared.web.routes import CommandCall, CommandRoute, ReadCall, Reader, ReadRoute, Route

PAGE = 20
REVISION_MAX = 999_999_999

REVISION = {
    "revision": Parameter(zh="版本号，缺省为最新", en="a revision number; the newest when absent", most=REVISION_MAX)
}

Document = TypeVar("Document", ServiceDocument, TierDocument)


class ServiceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A catalogue entry (docs/catalogue-format.md) and the SHA-256 over its canonical JSON."""

    service: Identifier
    content_sha256: Sha256
    document: Raw


class TierBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tier of an overview (docs/catalogue-format.md) and the SHA-256 over its canonical JSON."""

    tier: Identifier
    content_sha256: Sha256
    document: Raw


class RetireBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the service is no longer sold."""

    reason: Reason


class YearBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A year's arrangement as reviewed from its notice (docs/calendar.md)."""

    year: CalendarYear
    reason: Text = ""


class ServicePage(Struct, frozen=True, kw_only=True):
    """Published services, each with its newest revision, in the order in which those were published."""

    items: list[ServiceDocument]
    next: str


class TierPage(Struct, frozen=True, kw_only=True):
    """Published tiers, each with its newest revision, in the order in which those were published."""

    items: list[TierDocument]
    next: str


def _check_tenant(call: CommandCall) -> None:
    """Reference data belongs to the reserved tenant, and moves every tenant's deadlines: a grant works in its tenant.

    Raises NotCatalogAdmin, before a document is looked at.
    """
    if call.context.tenant != CATALOG_TENANT:
        raise NotCatalogAdmin


def _in_catalog(call: CommandCall, scope: str, stream: str, body: Struct) -> Command[Any]:
    return Command(scope=scope, stream=stream, context=call.context, body=body)


def publish_service(call: CommandCall, body: ServiceBody) -> Command[Any]:
    """Raises CatalogueInvalid for a document in which the lint finds an error."""
    _check_tenant(call)
    document = _canonical(body.document, Service, body.service)
    command = PublishService(service=body.service, content_sha256=body.content_sha256, document=document)
    return _in_catalog(call, service_scope(body.service), service_stream(body.service), command)


def publish_tier(call: CommandCall, body: TierBody) -> Command[Any]:
    """The same for a tier."""
    _check_tenant(call)
    document = _canonical(body.document, Tier, body.tier)
    command = PublishTier(tier=body.tier, content_sha256=body.content_sha256, document=document)
    return _in_catalog(call, tier_scope(body.tier), tier_stream(body.tier), command)


def _canonical(document: Raw, kind: type[Service | Tier], entry: str) -> Raw:
    """The document is hashed in its canonical form, so white space and key order do not matter."""
    plain = msgspec.json.decode(document)
    lint_document(kind, entry, plain)
    return Raw(canonical.encode(plain))


def retire_service(call: CommandCall, body: RetireBody) -> Command[Any]:
    """Pinned revisions stay readable."""
    _check_tenant(call)
    service = call.path["service"]
    command = RetireService(service=service, reason=body.reason)
    return _in_catalog(call, service_scope(service), service_stream(service), command)


def publish_year(call: CommandCall, body: YearBody) -> Command[Any]:
    """A year already known is amended when its days differ (R-404)."""
    _check_tenant(call)
    calendar = call.path["calendar"]
    command = PublishCalendarYear(
        calendar=calendar,
        year=body.year,
        reason=body.reason,
        doubts=tuple(doubts(body.year)) if calendar == CALENDAR else (),
    )
    return _in_catalog(call, calendar_scope(calendar), calendar_stream(calendar), command)


async def read_service(call: ReadCall, reader: Reader) -> ServiceDocument:
    """The newest revision, or the one that `revision` names; raises ServiceUnknown."""
    return await _read_revision(call, reader, "service", ServiceDocument, (SERVICES, REVISIONS), ServiceUnknown)


async def read_tier(call: ReadCall, reader: Reader) -> TierDocument:
    """The newest revision, or the one that `revision` names; raises TierUnknown."""
    return await _read_revision(call, reader, "tier", TierDocument, (TIERS, TIER_REVISIONS), TierUnknown)


async def _read_revision(
    call: ReadCall,
    reader: Reader,
    name: str,
    kind: type[Document],
    views: tuple[View[Any], View[Any]],
    unknown: type[NotFound],
) -> Document:
    """What a revision of a service or tier says; `views` are those of the newest ones and of all."""
    entry, revision = call.path[name], call.query.get("revision")
    newest, revisions = views
    view, key = (revisions, key_name(entry, revision)) if revision else (newest, entry)
    found = await reader.get(view, CATALOG_TENANT, key)
    if found is None:
        raise unknown(f"{entry}@{revision}" if revision else entry, field="revision" if revision else name)
    shown: Document = shown_as(kind, found)
    return shown


async def read_services(call: ReadCall, reader: Reader) -> ServicePage:
    """All services, newest revisions, in the order in which those were published."""
    found, following = await reader.list(SERVICES, CATALOG_TENANT, "*", call.query.get("cursor"), PAGE)
    return ServicePage(items=[shown_as(ServiceDocument, newest) for newest in found], next=following)


async def read_tiers(call: ReadCall, reader: Reader) -> TierPage:
    """All tiers, newest revisions, in the order in which those were published."""
    found, following = await reader.list(TIERS, CATALOG_TENANT, "*", call.query.get("cursor"), PAGE)
    return TierPage(items=[shown_as(TierDocument, newest) for newest in found], next=following)


async def read_calendar(call: ReadCall, reader: Reader) -> CalendarDocument:
    """A calendar with its coverage and notices."""
    calendar = call.path["calendar"]
    found = await reader.get(CALENDARS, CATALOG_TENANT, calendar)
    if found is None:
        raise CalendarUnknown(calendar, field="calendar")
    return found


ROUTES: tuple[Route, ...] = (
    CommandRoute(
        path="/catalog/services",
        operation_id="publishService",
        body=ServiceBody,
        to_command=publish_service,
        summary_en="Publish a revision of a service",
        summary_zh="发布服务版本",
        rules=("R-014", "R-020"),
        tag="catalog",
    ),
    CommandRoute(
        path="/catalog/services/{service}/retire",
        operation_id="retireService",
        body=RetireBody,
        to_command=retire_service,
        summary_en="Retire a service",
        summary_zh="停售服务",
        tag="catalog",
    ),
    CommandRoute(
        path="/catalog/tiers",
        operation_id="publishTier",
        body=TierBody,
        to_command=publish_tier,
        summary_en="Publish a revision of a service tier",
        summary_zh="发布服务层级版本",
        tag="catalog",
    ),
    CommandRoute(
        path="/catalog/calendars/{calendar}/years",
        operation_id="publishCalendarYear",
        body=YearBody,
        to_command=publish_year,
        summary_en="Publish or amend a year of a working calendar",
        summary_zh="发布或调整年度工作日历",
        rules=("R-012", "R-403", "R-404"),
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/services",
        operation_id="listServices",
        response=ServicePage,
        read=read_services,
        summary_en="Services on offer",
        summary_zh="服务目录",
        query=CURSOR,
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/services/{service}",
        operation_id="getService",
        response=ServiceDocument,
        read=read_service,
        summary_en="A service, newest or a given revision",
        summary_zh="服务详情（最新或指定版本）",
        query=REVISION,
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/tiers",
        operation_id="listTiers",
        response=TierPage,
        read=read_tiers,
        summary_en="Service tiers of the providers",
        summary_zh="服务层级",
        query=CURSOR,
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/tiers/{tier}",
        operation_id="getTier",
        response=TierDocument,
        read=read_tier,
        summary_en="A service tier, newest or a given revision",
        summary_zh="服务层级详情（最新或指定版本）",
        query=REVISION,
        tag="catalog",
    ),
    ReadRoute(
        path="/catalog/calendars/{calendar}",
        operation_id="getCalendar",
        response=CalendarDocument,
        read=read_calendar,
        summary_en="A working calendar with its notices",
        summary_zh="工作日历及其通知",
        tag="catalog",
    ),
    SELECTION_ROUTE,
    *BROWSING_ROUTES,
)
