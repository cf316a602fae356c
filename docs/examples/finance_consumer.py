"""Finance's side of `ledger.invoicing.v1`: records of the broker in, rows of its own SQLite database out, never twice.

It knows nothing of the ledger's code, only its contract (docs/asyncapi.json), and needs nothing but aiokafka. Four
rules make a second invoice impossible:

1. `request_id` is the primary key. The ledger derives it from tenant, contract, payment line and generation, so
   whatever repeats a record (a retry, a rebalance, a replay of the whole topic) repeats the key, and is no new row.
2. Effect and memory are the same row, written in one transaction: nothing can be done and not remembered.
3. Offsets are committed after that transaction. Killed in between, the consumer gets the record again, see rule 1.
4. The database itself refuses a second active request for a payment line, whatever went wrong before it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import CommitFailedError, IllegalStateError

TOPIC = "ledger.invoicing.v1"
GROUP = "finance"
REQUESTED = "acceptance.invoice_requested.v1"
DUE_DATE_SET = "acceptance.invoice_due_date_set.v1"
REVERSED = "acceptance.invoice_reversed.v1"

RECORDS_A_BATCH_MAX = 100
POLL_TIMEOUT_MS = 500
SESSION_TIMEOUT_MS = 10_000

# `due_date` holds what came after a request whose due date was provisional; it counts before that of the request.
# An invoice that is reversed keeps its row: its number is spent. `parked` holds the records nobody could act on.
SCHEMA = """
CREATE TABLE IF NOT EXISTS invoice (
    request_id TEXT PRIMARY KEY,
    tenant     TEXT NOT NULL,
    contract   TEXT NOT NULL,
    line       TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('active', 'reversed')),
    amount     TEXT,
    currency   TEXT,
    request    TEXT
);
CREATE UNIQUE INDEX IF NOT EXISTS one_active_invoice_per_line
    ON invoice (tenant, contract, line) WHERE state = 'active';
CREATE TABLE IF NOT EXISTS due_date (
    request_id  TEXT PRIMARY KEY,
    pay_by      TEXT NOT NULL,
    provisional INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS parked (
    topic     TEXT NOT NULL,
    partition INTEGER NOT NULL,
    "offset"  INTEGER NOT NULL,
    value     BLOB,
    reason    TEXT NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
);
"""

_log = logging.getLogger("finance")


class Unusable(Exception):
    """The record itself is at fault: it will be as wrong the next time, so it is set aside and not tried again."""


class Event(NamedTuple):
    """What a record says: a type of the published language, whose tenant it concerns, and the data of the event."""

    type: str
    tenant: str
    data: dict[str, Any]

    def text(self, name: str) -> str:
        """A field that must be text and say something; raises Unusable."""
        value = self.data.get(name)
        if not isinstance(value, str) or not value:
            raise Unusable(f"{name} must be a text, it is {value!r}")
        return value

    def number(self, name: str) -> int:
        """A field that must be a whole number; raises Unusable."""
        value = self.data.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unusable(f"{name} must be a whole number, it is {value!r}")
        return value

    def money(self, name: str) -> Decimal:
        """Money travels as decimal text, never as a floating-point number; raises Unusable."""
        try:
            amount = Decimal(self.text(name))
        except InvalidOperation:
            raise Unusable(f"{name} must be a decimal number, it is {self.data[name]!r}") from None
        if not amount.is_finite():
            raise Unusable(f"{name} must be finite, it is {amount}")
        return amount


# The database's own refusals, and texts, numbers and depths that no database takes, are the record's fault as well.
AT_FAULT = (Unusable, sqlite3.IntegrityError, UnicodeError, OverflowError, RecursionError)


# --- From a record to an event -----------------------------------------------------------------------------------


def read(record: ConsumerRecord) -> Event:
    """A CloudEvent in binary mode: attributes are headers `ce_<name>` in UTF-8, the value is the data as it is.

    Attributes and fields that are not known are passed over: later versions may add some, and only that.
    """
    headers: dict[str, str] = {}
    try:
        for name, value in record.headers:
            if name in headers:
                raise Unusable(f"header {name} stands there twice")
            headers[name] = (value or b"").decode()
        # Invalid UTF-8, malformed JSON and numbers of absurd length are ValueErrors, all three.
        data = json.loads(record.value or b"null", parse_float=Decimal)
    except ValueError as error:
        raise Unusable(f"cannot be read: {error}") from None
    missing = {"ce_id", "ce_source", "ce_type", "ce_tenant"} - headers.keys()
    if headers.get("ce_specversion") != "1.0" or missing:
        raise Unusable(f"not a CloudEvent 1.0 of the ledger; missing: {', '.join(sorted(missing)) or 'nothing'}")
    if not headers.get("content-type", "").lower().startswith("application/json"):
        raise Unusable("the data are not declared as JSON")
    if not isinstance(data, dict):
        raise Unusable("the data are not an object")
    return Event(headers["ce_type"], headers["ce_tenant"], data)


# --- From an event to a row --------------------------------------------------------------------------------------


def apply(database: sqlite3.Connection, event: Event) -> None:
    """The effect of an event, within the caller's transaction; raises what is listed in AT_FAULT."""
    if event.type == REQUESTED:
        request(database, event)
    elif event.type == DUE_DATE_SET:
        set_due_date(database, event)
    elif event.type == REVERSED:
        reverse(database, event)
    else:
        # Not passed over: a type that came after this program may well be about money.
        raise Unusable(f"{event.type} is not known here")


def request(database: sqlite3.Connection, event: Event) -> None:
    """The invoice is to be issued, unless it is known already.

    The tax authority's interface lies outside the transaction: a worker reads the active rows and calls it, with
    `request_id` as the serial number by which that interface, too, recognises a repetition.
    """
    known = database.execute("SELECT request FROM invoice WHERE request_id = ?", [event.text("request_id")]).fetchone()
    text = json.dumps(event.data, ensure_ascii=False, sort_keys=True, default=str)
    if known:
        # A known id with other content is a fork of history: no machine may choose between the two.
        if known[0] not in (None, text):
            raise Unusable("this request is known with other content")
        return
    money = str(event.money("amount")), event.text("currency")
    _insert(database, event, "active", *money, text)


def set_due_date(database: sqlite3.Connection, event: Event) -> None:
    """The due date of payment was provisional when the invoice was requested; this one counts instead."""
    database.execute(
        "INSERT OR REPLACE INTO due_date VALUES (?, ?, ?)",
        [event.text("request_id"), event.text("pay_by"), bool(event.data.get("provisional"))],
    )


def reverse(database: sqlite3.Connection, event: Event) -> None:
    """The request is taken back: do not issue it, or issue the red-letter invoice (红字发票) if it is out already.

    The next request for that line has the next generation, so it has another `request_id` and is a row of its own.
    """
    changed = database.execute(
        "UPDATE invoice SET state = 'reversed' WHERE request_id = ?", [event.text("request_id")]
    ).rowcount
    if not changed:
        # Its request was parked. The row keeps it from being issued should it still come.
        _insert(database, event, "reversed", None, None, None)


def _insert(database: sqlite3.Connection, event: Event, state: str, *amount_currency_request: str | None) -> None:
    place = event.text("request_id"), event.tenant, event.text("contract"), event.text("line")
    database.execute(
        "INSERT INTO invoice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*place, event.number("generation"), state, *amount_currency_request],
    )


# --- One record, one transaction ---------------------------------------------------------------------------------


def take(database: sqlite3.Connection, record: ConsumerRecord) -> None:
    """Act on a record or set it aside; either way its partition moves on.

    Errors that are not the record's fault (disk full, database locked) are not caught: they end the process before
    the offset is committed, and the next start begins at this very record.
    """
    place = [record.topic, record.partition, record.offset]
    try:
        with transaction(database):
            apply(database, read(record))
            # A replay with a program that understands the record is the cure, and clears it away.
            database.execute('DELETE FROM parked WHERE topic = ? AND partition = ? AND "offset" = ?', place)
    except AT_FAULT as error:
        _log.error("parked %s/%s@%s: %s", *place, error)
        with transaction(database):
            database.execute("INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?)", [*place, record.value, str(error)])


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing. IMMEDIATE: reading and writing are one step for other replicas as well."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def open_database(path: str) -> sqlite3.Connection:
    """Finance's own database. Another one that speaks DB-API 2.0 differs in its placeholders and its BEGIN."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;" + SCHEMA)
    return database


# --- The loop ----------------------------------------------------------------------------------------------------


async def consume(
    bootstrap: str,
    path: str,
    stop: asyncio.Event,
    *,
    topic: str = TOPIC,
    group: str = GROUP,
    session_timeout_ms: int = SESSION_TIMEOUT_MS,
) -> None:
    """Take records until `stop` is set: first the transaction, then the offset."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        # A group without offsets begins at the first record: what was published before it existed is owed, too.
        auto_offset_reset="earliest",
        # The client would commit by the clock, that is, before the effect.
        enable_auto_commit=False,
        session_timeout_ms=session_timeout_ms,
        heartbeat_interval_ms=session_timeout_ms // 3,
    )
    with closing(open_database(path)) as database:
        await consumer.start()
        try:
            while not stop.is_set():
                batch = await consumer.getmany(timeout_ms=POLL_TIMEOUT_MS, max_records=RECORDS_A_BATCH_MAX)
                for partition, records in batch.items():
                    for record in records:
                        take(database, record)
                    await commit(consumer, {partition: records[-1].offset + 1})
        finally:
            await consumer.stop()


async def commit(consumer: AIOKafkaConsumer, offsets: dict[Any, int]) -> None:
    """Tell the broker how far this group is. It saves work and is not what anything rests on."""
    try:
        await consumer.commit(offsets)
    except (CommitFailedError, IllegalStateError) as error:
        _log.warning("the partition went to another member, which will get these records again: %s", error)


async def main() -> None:
    """`FINANCE_KAFKA` is the broker, `FINANCE_DATABASE` the file; SIGTERM and SIGINT end it after the batch."""
    logging.basicConfig(level=logging.INFO)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await consume(
        os.environ.get("FINANCE_KAFKA", "localhost:9092"),
        os.environ.get("FINANCE_DATABASE", "finance.db"),
        stop,
        topic=os.environ.get("FINANCE_TOPIC", TOPIC),
        group=os.environ.get("FINANCE_GROUP", GROUP),
        session_timeout_ms=int(os.environ.get("FINANCE_SESSION_TIMEOUT_MS", SESSION_TIMEOUT_MS)),
    )


if __name__ == "__main__":
    asyncio.run(main())
