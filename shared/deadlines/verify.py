"""Checks the deadlines of one service against its log: every derivation, and every open row (R-402).

A derivation is computed again from its stored inputs with the calendar version that it names; the rows are compared
with a fold of the events that change them.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from shared.commands.service import Service
from shared.deadlines.model import (
    Deadline,
    DeadlineChange,
    DeadlineHeld,
    DeadlineLapsed,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
)
from shared.eventstore.port import PAGE_MAX, EventLog
from shared.kernel.instants import FAR_FUTURE
from shared.messages.events import FeedReceived, Recorded
from shared.periods import WorkCalendar, rederive
from shared.public_events.calendars import fold_calendar
from shared.public_events.catalog import CalendarYearAmended, CalendarYearPublished
from shared.public_events.language import public_event

RowKey = tuple[str, str]


class DeadlineDifference(Struct, frozen=True, kw_only=True):
    """A deadline that is not what the log says; `what` tells which comparison failed, in words."""

    tenant: str
    deadline_id: str
    position: int
    what: str


class _Fold:
    """What a reading of the log from its beginning leaves: calendars by version, rows, and what did not agree."""

    def __init__(self, service: Service[Any]) -> None:
        self.rows: dict[RowKey, DeadlineChange] = {}
        self.found: list[DeadlineDifference] = []
        self._service = service
        self._newest: dict[str, WorkCalendar] = {}
        self._calendars: dict[tuple[str, str], WorkCalendar] = {}

    def add(self, recorded: Recorded) -> None:
        match recorded.data:
            case FeedReceived() as feed:
                self._learn(feed)
            case (DeadlineSet() | DeadlineMoved() | DeadlineHeld() | DeadlineMet() | DeadlineLapsed()) as event:
                self._check(recorded, event.deadline)
            case _:
                pass
        for row in self._service.deadline_changes(recorded):
            self.rows[row.tenant, row.deadline_id] = row

    def _learn(self, feed: FeedReceived) -> None:
        if feed.type not in (CalendarYearPublished.TYPE, CalendarYearAmended.TYPE):
            return
        match public_event(feed):
            case (CalendarYearPublished() | CalendarYearAmended()) as event:
                calendar = fold_calendar(self._newest.get(event.calendar), event)
                self._newest[calendar.id] = calendar
                self._calendars[calendar.id, calendar.version] = calendar
            case _:
                pass

    def _check(self, recorded: Recorded, deadline: Deadline) -> None:
        derivation = deadline.derivation
        calendar = self._calendars.get((derivation.calendar_id, derivation.calendar_version))
        if calendar is None:
            what = f"calendar {derivation.calendar_id} {derivation.calendar_version} is not in the log"
        elif (again := rederive(derivation, calendar)) != derivation:
            what = f"stored {derivation.due_at}, derived again {again.due_at}"
        else:
            return
        self.found.append(
            DeadlineDifference(
                tenant=recorded.tenant, deadline_id=deadline.deadline_id, position=recorded.position, what=what
            )
        )


async def deadline_differences(log: EventLog[Any], service: Service[Any]) -> list[DeadlineDifference]:
    """Everything about the service's deadlines that does not agree with its log; empty when all is well."""
    fold = _Fold(service)
    position = 0
    while page := await log.read(position, PAGE_MAX):
        for recorded in page:
            fold.add(recorded)
        position = page[-1].position
    expected = {key: row for key, row in fold.rows.items() if row.status != "closed"}
    stored = await _open_rows(log, expected)
    unequal = [key for key in expected.keys() | stored.keys() if expected.get(key) != stored.get(key)]
    return fold.found + [
        DeadlineDifference(
            tenant=tenant,
            deadline_id=deadline_id,
            position=position,
            what=f"row {stored.get((tenant, deadline_id))}, by the log {expected.get((tenant, deadline_id))}",
        )
        for tenant, deadline_id in sorted(unequal)
    ]


async def _open_rows(log: EventLog[Any], expected: dict[RowKey, DeadlineChange]) -> dict[RowKey, DeadlineChange]:
    """The open rows of the store. Its work lists have no cursor, so one more is asked for than there should be."""
    limit = len(expected) + 1
    found = [*await log.due_deadlines(FAR_FUTURE, limit), *await log.held_deadlines(limit)]
    for calendar_id in {row.calendar_id for row in expected.values()}:
        # No calendar has the empty version, so these are all open rows of the calendar, the provisional ones too.
        found += await log.stale_deadlines(calendar_id, "", limit)
    return {(row.tenant, row.deadline_id): row for row in found}
