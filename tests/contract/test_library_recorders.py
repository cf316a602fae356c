"""The `eventsourcing` library's own test cases for recorders, run on the ledger's recorders and tables."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.tests import persistence as library

from shared.eventstore import postgres_datastore, sqlite_datastore
from shared.eventstore.memory_recorder import MemoryRecorder
from shared.eventstore.packing import Packing
from shared.eventstore.postgres_recorder import PostgresLedgerRecorder
from shared.eventstore.sqlite_recorder import SQLiteLedgerRecorder
from shared.messages.dictionary import MECHANISM

PACKING = Packing(MECHANISM, lambda number: None)

# The library times itself here and prints the result; benchmarks are elsewhere.
library.ApplicationRecorderTestCase.test_performance.__test__ = False  # type: ignore[attr-defined]


READER_ENDS_S = 10.0


class Recorders:
    """Makes one recorder a test, over a place of its own, and names streams as the ledger does."""

    def new_originator_id(self) -> str:
        return f"tenant/stream-{uuid.uuid4()}"

    def tearDown(self) -> None:
        # The library tells its readers to stop but does not wait for them, and closing a SQLite connection beneath a
        # reader ends the interpreter.
        for thread in threading.enumerate():
            if "read_continuously" in thread.name:
                thread.join(READER_ENDS_S)
        self.datastore.close()


class OnMemory:
    def new_originator_id(self) -> str:
        return f"tenant/stream-{uuid.uuid4()}"

    def create_recorder(self) -> ApplicationRecorder:
        return MemoryRecorder(threading.RLock())


class OnSQLite(Recorders):
    @pytest.fixture(autouse=True)
    def place(self, tmp_path: Path) -> None:
        self.datastore = sqlite_datastore.LedgerDatastore(str(tmp_path / "log.db"))

    def create_recorder(self) -> ApplicationRecorder:
        recorder = SQLiteLedgerRecorder(self.datastore, PACKING)
        recorder.create_table()
        return recorder


class OnPostgres(Recorders):
    @pytest.fixture(autouse=True)
    def place(self, fresh_schema: tuple[str, str]) -> None:
        self.datastore = postgres_datastore.LedgerDatastore(*fresh_schema)

    def create_recorder(self) -> ApplicationRecorder:
        recorder = PostgresLedgerRecorder(self.datastore, PACKING)
        recorder.create_table()
        return recorder


class TestMemoryRecorder(OnMemory, library.ApplicationRecorderTestCase[Any]):
    pass


class TestSQLiteRecorder(OnSQLite, library.ApplicationRecorderTestCase[Any]):
    pass


class TestPostgresRecorder(OnPostgres, library.ApplicationRecorderTestCase[Any]):
    pass


class TestMemoryPositionsDoNotInterleave(OnMemory, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestSQLitePositionsDoNotInterleave(OnSQLite, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestPostgresPositionsDoNotInterleave(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    pass
