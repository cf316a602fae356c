"""The library's in-memory recorder, with the columns and indexes of the ledger beside it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from shared.eventstore.recorder import event_row, originator_id
from shared.eventstore.store import EventRow, InsertRefused


class MemoryRecorder(POPOApplicationRecorder):
    """Events of one service in memory; `lock` is the lock of the log."""

    def __init__(self, lock: threading.RLock) -> None:
        super().__init__()
        self._database_lock = lock
        self.rows: list[EventRow] = []
        self.by_scope: dict[tuple[str, str], list[EventRow]] = defaultdict(list)
        self.by_stream: dict[tuple[str, str, int], EventRow] = {}
        self.versions: dict[tuple[str, str], int] = {}

    def newest(self) -> EventRow | None:
        """The event at the tail."""
        return self.rows[-1] if self.rows else None

    def append(self, rows: Sequence[EventRow]) -> None:
        """Insert events whose positions were handed out under the lock; raises InsertRefused."""
        taken = [row for row in rows if (row.tenant, row.stream, row.version) in self.by_stream]
        if taken:
            raise InsertRefused(f"{taken[0].stream} has a version {taken[0].version} already")
        events = [StoredEvent(originator_id(row.tenant, row.stream), row.version, row.type, row.body) for row in rows]
        super()._update_table(events)
        for row in rows:
            self.rows.append(row)
            self.by_scope[row.tenant, row.scope].append(row)
            self.by_stream[row.tenant, row.stream, row.version] = row
            self.versions[row.tenant, row.stream] = row.version

    def _update_table(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        rows = [event_row(position, event) for position, event in enumerate(stored_events, len(self.rows) + 1)]
        self.append(rows)
        return [row.position for row in rows]
