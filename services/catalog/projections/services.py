"""Published services: the newest revision of each, and every revision for ever (a contract pins one, R-020).

`HEADS` tells which revision is the newest without its document, for readers that keep documents in memory.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from services.catalog.domain.events import ServiceRevised, ServiceWithdrawn
from shared.kernel.instants import Instant
from shared.kernel.names import key_name, label_name
from shared.messages.events import Recorded
from shared.projections.view import View, arrival


class ServiceDocument(Struct, frozen=True, kw_only=True):
    """A revision of a service; `document` is the whole catalogue entry."""

    service: str
    revision: int
    content_sha256: str
    published_at: Instant
    retired: str = ""
    document: Raw


class NewestService(ServiceDocument, frozen=True, kw_only=True):
    """The newest revision, with the place of the log where it was published."""

    published: int


class ServiceHead(Struct, frozen=True, kw_only=True):
    """Which revision of a service is the newest, without its document."""

    service: str
    revision: int
    content_sha256: str
    retired: str = ""


def _document(recorded: Recorded, event: ServiceRevised) -> ServiceDocument:
    return ServiceDocument(
        service=event.service,
        revision=event.revision,
        content_sha256=event.content_sha256,
        published_at=recorded.recorded_at,
        document=event.document,
    )


def _service_keys(recorded: Recorded) -> tuple[str, ...]:
    match recorded.data:
        case ServiceRevised(service=service) | ServiceWithdrawn(service=service):
            return (service,)
        case _:
            return ()


def _apply_service(document: NewestService | None, key: str, recorded: Recorded) -> NewestService | None:
    event = recorded.data
    if isinstance(event, ServiceRevised):
        return NewestService(**msgspec.structs.asdict(_document(recorded, event)), published=recorded.position)
    if isinstance(event, ServiceWithdrawn) and document is not None:
        return msgspec.structs.replace(document, retired=event.reason)
    raise TypeError(f"{recorded.type} cannot follow for service {key}")


def _apply_head(head: ServiceHead | None, key: str, recorded: Recorded) -> ServiceHead | None:
    event = recorded.data
    if isinstance(event, ServiceRevised):
        return ServiceHead(service=event.service, revision=event.revision, content_sha256=event.content_sha256)
    if isinstance(event, ServiceWithdrawn) and head is not None:
        return msgspec.structs.replace(head, retired=event.reason)
    raise TypeError(f"{recorded.type} cannot follow for service {key}")


def _revision_keys(recorded: Recorded) -> tuple[str, ...]:
    event = recorded.data
    return (key_name(event.service, str(event.revision)),) if isinstance(event, ServiceRevised) else ()


def _apply_revision(document: ServiceDocument | None, key: str, recorded: Recorded) -> ServiceDocument | None:
    if not isinstance(recorded.data, ServiceRevised):
        raise TypeError(f"{recorded.type} is no revision")
    return _document(recorded, recorded.data)


SERVICES: View[NewestService] = View(
    name="services",
    version=2,
    document=NewestService,
    keys=_service_keys,
    apply=_apply_service,
    labels=lambda document: ("*",),
    order=lambda document: arrival(document.published),
)
REVISIONS: View[ServiceDocument] = View(
    name="revisions",
    version=2,
    document=ServiceDocument,
    keys=_revision_keys,
    apply=_apply_revision,
    labels=lambda document: (label_name("service", document.service),),
    order=lambda document: f"{document.revision:09d}",
)
HEADS: View[ServiceHead] = View(
    name="heads",
    version=1,
    document=ServiceHead,
    keys=_service_keys,
    apply=_apply_head,
    labels=lambda head: ("*",),
    order=lambda head: head.service,
)
