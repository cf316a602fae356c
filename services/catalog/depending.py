"""What depends on what: the prerequisites of the entries, read in both directions."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, Struct

from shared.catalogue.format.model import Prerequisite, Service

_KINDS = ("service_bought", "edition_bought", "deliverable_accepted", "product_owned")


class Dependency(Struct, frozen=True, kw_only=True):
    """`service` (in `editions`; empty = all) needs `needs` before `condition`; of one `group`, one is enough.

    `needs` is a service, `service:edition`, `service:deliverable`, or the product by its Chinese name; `on` is the
    service that it belongs to, null for a product.
    """

    service: str
    editions: tuple[str, ...]
    needs: str
    on: str | None
    kind: str
    condition: str | None
    group: str | None
    rule: str | None


class Dependencies(Struct, frozen=True, kw_only=True):
    """What a service needs, and what needs it."""

    service: str
    needs: tuple[Dependency, ...]
    needed_by: tuple[Dependency, ...]


def dependencies(services: Iterable[Service]) -> list[Dependency]:
    """Every dependency on a service or product, in the order of the entries."""
    return [_dependency(service, entry) for service in services for entry in service.prerequisites if _depends(entry)]


def dependencies_of(service: str, services: Iterable[Service]) -> Dependencies:
    """Both directions for one service; its own parts that need each other stand in both."""
    known = dependencies(services)
    return Dependencies(
        service=service,
        needs=tuple(entry for entry in known if entry.service == service),
        needed_by=tuple(entry for entry in known if entry.on == service),
    )


def _depends(entry: Prerequisite) -> bool:
    return entry.kind in _KINDS


def _dependency(service: Service, entry: Prerequisite) -> Dependency:
    is_product = entry.kind == "product_owned"
    return Dependency(
        service=service.id,
        editions=() if entry.editions is UNSET else entry.editions,
        needs=entry.of_zh or entry.of or "" if is_product else entry.of or "",
        on=None if is_product else str(entry.of).partition(":")[0],
        kind=entry.kind,
        condition=entry.condition,
        group=entry.group,
        rule=entry.rule,
    )
