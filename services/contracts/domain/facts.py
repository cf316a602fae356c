"""What decisions read beside the contract: working calendars and published catalogue services (reference scopes)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from services.contracts.domain.catalogue.document import ServiceDocument, read_document
from services.contracts.domain.catalogue.errors import CalendarNotArrived, ServiceNotArrived, ServiceNotPublished
from services.contracts.domain.catalogue.state import CalendarKnown, Revision, ServiceRevisions
from shared.catalogue.format.model import Service
from shared.commands.service import Facts
from shared.periods import WorkCalendar
from shared.public_events.scopes import calendar_scope, service_scope


def calendar_of(facts: Facts, calendar: str) -> WorkCalendar:
    """A published working calendar; raises CalendarNotArrived."""
    known = facts[calendar_scope(calendar)]
    if not isinstance(known, CalendarKnown):
        raise CalendarNotArrived(calendar, field="/calendar")
    return known.calendar


class CatalogueEntry(Struct, frozen=True, kw_only=True):
    """A published revision as the catalogue's own format reads it."""

    service: Service
    revision: int
    content_sha256: str


def catalogue_entry(facts: Facts, service: str, revision: int | None, *, even_retired: bool = False) -> CatalogueEntry:
    """A published revision of a service (the newest for None) in whole.

    Raises ServiceNotPublished for one that is unknown, retired or not in the format of the catalogue.
    """
    number, found = _revision(facts, service, revision, even_retired)
    try:
        entry = msgspec.json.decode(found.document, type=Service)
    except msgspec.MsgspecError as error:
        raise ServiceNotPublished(f"{service}: {error}", field="/catalog_service") from error
    return CatalogueEntry(service=entry, revision=number, content_sha256=found.content_sha256)


def service_document(facts: Facts, service: str, revision: int | None) -> tuple[ServiceDocument, int, str]:
    """A published revision of a service (the newest for None): document, revision, content hash.

    Raises ServiceNotArrived for a service or revision that is unknown so far, ServiceNotPublished for one that is
    retired or not readable as a document.
    """
    number, found = _revision(facts, service, revision)
    try:
        return read_document(found.document), number, found.content_sha256
    except msgspec.MsgspecError as error:
        raise ServiceNotPublished(f"{service}: {error}", field="/catalog_service") from error


def _revision(facts: Facts, service: str, revision: int | None, even_retired: bool = False) -> tuple[int, Revision]:
    known = facts[service_scope(service)]
    if not isinstance(known, ServiceRevisions) or not known.revisions:
        raise ServiceNotArrived(service, field="/catalog_service")
    if known.retired and not even_retired:
        raise ServiceNotPublished(service, field="/catalog_service")
    number = max(known.revisions) if revision is None else revision
    found = known.revisions.get(number)
    if found is None:
        raise ServiceNotArrived(
            f"{service} revision {number}", zh=f"{service} 第 {number} 版", field="/catalog_revision"
        )
    return number, found
