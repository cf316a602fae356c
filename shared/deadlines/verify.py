"""Checks the deadlines of one service against its log: every derivation, and every open row (R-402).

A derivation is computed again from its stored inputs with the calendar version that it names; the rows are compared
with a fold of the events that change them. What has fired under a calendar that was amended afterwards stands, and is
listed for review (R-404).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import aclosing
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
from shared.eventstore.port import EventLog
from shared.eventstore.replay import pages
from shared.kernel.instants import FAR_FUTURE, Instant
from shared.messages.events import FeedReceived, Recorded
from shared.periods import WorkCalendar, recompute, rederive
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


class FiredEarlier(Struct, frozen=True, kw_only=True):
    """A deadline that fired and would end later by the newest calendar: it stands, and people look at it (R-404)."""

    tenant: str
    deadline: Deadline
    fired_due_at: Instant
    due_at_by_newest: Instant


class _Fold:
    """What a reading of the log from its beginning leaves: calendars by version, rows, and what did not agree."""

    def __init__(self, service: Service[Any]) -> None:
        self.rows: dict[RowKey, DeadlineChange] = {}
        self.found: list[DeadlineDifference] = []
        self.fired: list[tuple[str, Deadline]] = []
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
        if isinstance(recorded.data, DeadlineLapsed):
            self.fired.append((recorded.tenant, recorded.data.deadline))
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

    def fired_earlier(self) -> Iterator[FiredEarlier]:
        """What has fired and would end later by the newest calendar of its kind."""
        for tenant, deadline in self.fired:
            derivation = deadline.derivation
            newest = self._newest.get(derivation.calendar_id)
            if newest and (later := recompute(derivation, newest).due_at) > derivation.due_at:
                yield FiredEarlier(
                    tenant=tenant, deadline=deadline, fired_due_at=derivation.due_at, due_at_by_newest=later
                )

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
    fold, position = await _read(log, service)
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


async def fired_for_review(log: EventLog[Any], service: Service[Any]) -> list[FiredEarlier]:
    """Deadlines that fired before an amendment which would have extended them, in the order of firing (R-404)."""
    fold, _ = await _read(log, service)
    return list(fold.fired_earlier())


async def _read(log: EventLog[Any], service: Service[Any]) -> tuple[_Fold, int]:
    """The fold of the whole log, and the position of its end."""
    fold = _Fold(service)
    position = 0
    async with aclosing(pages(log)) as read:
        async for events in read:
            for recorded in events:
                fold.add(recorded)
            position = events[-1].position
    return fold, position


async def _open_rows(log: EventLog[Any], expected: dict[RowKey, DeadlineChange]) -> dict[RowKey, DeadlineChange]:
    """The open rows of the store. Its work lists have no cursor, so one more is asked for than there should be."""
    limit = len(expected) + 1
    found = [*await log.due_deadlines(FAR_FUTURE, limit), *await log.held_deadlines(limit)]
    for calendar_id in {row.calendar_id for row in expected.values()}:
        # No calendar has the empty version, so these are all open rows of the calendar, the provisional ones too.
        found += await log.stale_deadlines(calendar_id, "", limit)
    return {(row.tenant, row.deadline_id): row for row in found}
