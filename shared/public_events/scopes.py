"""The scope in a receiver's log to which a public event belongs: one rule for every service.

Catalogue events are keyed by the id of a service or a calendar, all others by the contract id. The scope is the
consistency boundary: what shares a scope is folded into one state and decided in one order.
"""

from __future__ import annotations

from shared.kernel.names import scope_name
from shared.public_events.catalog import (
    CalendarYearAmended,
    CalendarYearPublished,
    ServicePublished,
    ServiceRetired,
)

_CATALOGUE_KINDS = frozenset({"calendar", "service"})
_SERVICE_TYPES = frozenset({ServicePublished.TYPE, ServiceRetired.TYPE})
_CALENDAR_TYPES = frozenset({CalendarYearPublished.TYPE, CalendarYearAmended.TYPE})


def contract_scope(contract: str) -> str:
    """Everything a service knows of one contract."""
    return scope_name("contract", contract)


def calendar_scope(calendar: str) -> str:
    """A working calendar; belongs to the catalogue's tenant."""
    return scope_name("calendar", calendar)


def service_scope(service: str) -> str:
    """The published revisions of one catalogue service; belongs to the catalogue's tenant."""
    return scope_name("service", service)


def is_of_catalogue(scope: str) -> bool:
    """Whether a scope holds reference data, which belong to the catalogue's tenant whoever reads them."""
    return scope.partition("/")[0] in _CATALOGUE_KINDS


def scope_of_feed(type: str, key: str) -> str:
    """The scope of a public event of the published language by its type and key."""
    if type in _SERVICE_TYPES:
        return service_scope(key)
    if type in _CALENDAR_TYPES:
        return calendar_scope(key)
    return contract_scope(key)


def scope_without_services(type: str, key: str) -> str | None:
    """The same for a receiver that keeps calendars but has no use for catalogue services."""
    return None if type in _SERVICE_TYPES else scope_of_feed(type, key)
