"""The library's application recorder over the ledger's events table, in SQL that both databases understand.

The library's tools see (originator_id, originator_version, topic, state); here these are (tenant/stream, version,
type, body). The columns that the library does not know are taken from the body.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from msgspec import Struct

from shared.eventstore.packing import Packing
from shared.eventstore.store import BEGINNING, EventRow
from shared.kernel.ids import derived_id

SEPARATOR = "/"

_SELECT = "SELECT position, tenant, stream, version, type, body FROM events"


def originator_id(tenant: str, stream: str) -> str:
    """The library's name of a stream."""
    return f"{tenant}{SEPARATOR}{stream}"


def _parts(originator_id: UUID | str) -> tuple[str, str]:
    """(tenant, stream): a tenant holds no separator, a stream may. The library's own ids belong to no tenant."""
    tenant, separator, stream = str(originator_id).partition(SEPARATOR)
    return (tenant, stream) if separator else ("", tenant)


class _Header(Struct):
    """What the columns repeat of a stored body."""

    scope: str
    event_id: str
    recorded_at: str


_HEADER = msgspec.json.Decoder(_Header)


def event_row(position: int, event: StoredEvent) -> EventRow:
    """The row of an event that comes through the library's interface.

    One that the ledger's codec did not make (the library's own tests write some) is a scope of its own.
    """
    tenant, stream = _parts(event.originator_id)
    try:
        header = _HEADER.decode(event.state)
    except msgspec.MsgspecError:
        event_id = derived_id(tenant, stream, str(event.originator_version))
        header = _Header(scope=stream, event_id=event_id, recorded_at=BEGINNING)
    return EventRow(
        position=position,
        tenant=tenant,
        scope=header.scope,
        stream=stream,
        version=event.originator_version,
        event_id=header.event_id,
        type=event.topic,
        recorded_at=header.recorded_at,
        body=event.state,
    )


class LedgerRecorder(ApplicationRecorder):
    """The reading half of the library's interface; a database brings `_rows`, `packing` and the inserting half."""

    packing: Packing

    @abstractmethod
    def _rows(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        """The rows of a query with `?` parameters."""

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        tenant, stream = _parts(originator_id)
        where = _Where()
        where.add("stream = ?", stream)
        where.add("tenant = ?", tenant)
        where.add("version > ?", gt)
        where.add("version <= ?", lte)
        rows = self._rows(
            f"{_SELECT} {where} ORDER BY version {'DESC' if desc else 'ASC'} {where.limit(limit)}",
            where.parameters,
        )
        return [
            StoredEvent(originator_id=originator_id, originator_version=row[3], topic=row[4], state=state)
            for row, state in self._with_states(rows)
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        where = _Where()
        where.add("position >= ?" if inclusive_of_start else "position > ?", start)
        where.add("position <= ?", stop)
        where.among("type", topics)
        rows = self._rows(f"{_SELECT} {where} ORDER BY position {where.limit(limit)}", where.parameters)
        return [
            Notification(
                id=row[0],
                originator_id=_named(row[1], row[2]),
                originator_version=row[3],
                topic=row[4],
                state=state,
            )
            for row, state in self._with_states(rows)
        ]

    def _row(self, position: int, event: StoredEvent) -> EventRow:
        row = event_row(position, event)
        return row._replace(body=self.packing.pack(row.body))

    def _with_states(self, rows: list[Any]) -> Iterator[tuple[Any, bytes]]:
        return zip(rows, self.packing.unpack_all([row[5] for row in rows]), strict=True)

    def max_notification_id(self) -> Any:  # None when empty; the library's recorders disagree on the type
        return self._rows("SELECT max(position) FROM events", ())[0][0]


_named = originator_id


class _Where:
    """The WHERE clause of a query whose conditions are optional, with its parameters in order."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self._conditions: list[str] = []

    def add(self, condition: str, parameter: Any) -> None:
        """A condition on one parameter; None leaves it out."""
        if parameter is not None:
            self._conditions.append(condition)
            self.parameters.append(parameter)

    def among(self, column: str, values: Sequence[str]) -> None:
        """A column has one of these values; none at all leaves the condition out."""
        if values:
            self._conditions.append(f"{column} IN ({', '.join('?' * len(values))})")
            self.parameters += values

    def limit(self, limit: int | None) -> str:
        """The LIMIT clause; to be called last, as its parameter is."""
        if limit is None:
            return ""
        self.parameters.append(limit)
        return "LIMIT ?"

    def __str__(self) -> str:
        return f"WHERE {' AND '.join(self._conditions)}" if self._conditions else ""
