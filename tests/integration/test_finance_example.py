"""The finance example on a real broker: redelivery, restart, kill -9, a replay, a reversal, records nobody can read."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from docs.examples import finance_consumer as finance
from shared.kafka.publisher import KafkaPublisher
from shared.kafka.records import Record, record_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import history_topic
from shared.kernel.actors import system_actor
from shared.kernel.instants import parse_rfc3339
from shared.messages import canonical
from shared.periods import CalendarYear, calendar_of, compute
from shared.public_events.envelope import Envelope, PublicEvent
from shared.public_events.invoicing import INVOICING_TOPIC, InvoiceDueDateSet, InvoiceRequested, InvoiceReversed
from shared.public_events.terms import Party
from tests.architecture.source import ROOT
from tests.support.kafka import SESSION_TIMEOUT_MS, eventually, own_topics
from tests.support.processes import child

NOW = parse_rfc3339("2026-03-02T02:00:00.000Z")
# Kills the example where its first offset would be committed: the effect is there, the offset is not.
KILLED_BEFORE_COMMIT = """
import os, runpy, signal, sys
from aiokafka import AIOKafkaConsumer
AIOKafkaConsumer.commit = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
runpy.run_path(sys.argv[1], run_name="__main__")
"""


class Bench:
    """One topic with one partition, so that what comes last proves that all before it was taken."""

    def __init__(self, settings: KafkaSettings, publisher: KafkaPublisher, database: Path) -> None:
        self.settings = settings
        self.database = database
        self._publisher = publisher
        self._markers = 0

    async def send(self, *records: Record) -> None:
        await self._publisher.publish_records(records)

    @asynccontextmanager
    async def finance(self, group: str = "finance") -> AsyncIterator[None]:
        """The example at work; it has taken everything that was sent when the block ends."""
        stop = asyncio.Event()
        working = asyncio.create_task(
            finance.consume(
                self.settings.bootstrap,
                str(self.database),
                stop,
                topic=self.settings.topic(INVOICING_TOPIC),
                group=self.settings.prefix + group,
                session_timeout_ms=SESSION_TIMEOUT_MS,
            )
        )
        try:
            yield
            self._markers += 1
            await self.send(requested(f"marker-{self._markers}"))
            await eventually(lambda: working.done() or f"request-marker-{self._markers}-0" in self._ids())
        finally:
            stop.set()
            await working

    def query(self, statement: str) -> list[Any]:
        """What stands in finance's database."""
        if not self.database.exists():
            return []
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()

    def _ids(self) -> set[str]:
        tables = self.query("SELECT name FROM sqlite_master WHERE name = 'invoice'")
        return {row[0] for row in self.query("SELECT request_id FROM invoice")} if tables else set()

    def invoices(self) -> list[tuple[str, str]]:
        """(request, state), markers aside."""
        return self.query(
            "SELECT request_id, state FROM invoice WHERE contract NOT LIKE 'marker-%' ORDER BY contract, generation"
        )

    def parked(self) -> list[str]:
        return [row[0] for row in self.query('SELECT reason FROM parked ORDER BY "offset"')]

    async def killed(self, program: str, *arguments: str) -> int:
        """Run the example as a process that kills itself; its exit code."""
        environment = {
            **os.environ,
            "FINANCE_KAFKA": self.settings.bootstrap,
            "FINANCE_DATABASE": str(self.database),
            "FINANCE_TOPIC": self.settings.topic(INVOICING_TOPIC),
            "FINANCE_GROUP": self.settings.prefix + "finance",
            "FINANCE_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
        }
        command = (sys.executable, "-c", program, str(ROOT / "docs/examples/finance_consumer.py"), *arguments)
        async with child(*command, env=environment, stderr=DEVNULL) as process:
            return await process.wait()


@pytest.fixture
async def bench(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Bench]:
    settings = await own_topics(kafka_bootstrap, [history_topic(INVOICING_TOPIC, partitions=1)])
    publisher = KafkaPublisher(settings, "test")
    yield Bench(settings, publisher, tmp_path / "finance.db")
    await publisher.close()


def requested(contract: str, generation: int = 0, amount: str = "106.00") -> Record:
    """The request for the one payment line of a contract."""
    return carried(
        InvoiceRequested(
            request_id=f"request-{contract}-{generation}",
            contract=contract,
            contract_number="HT-1",
            contract_name="实施服务合同",
            line="line-1",
            line_name_zh="验收款",
            generation=generation,
            price_version=1,
            amount=Decimal(amount),
            net=Decimal("100.00"),
            tax=Decimal("6.00"),
            tax_rate=Decimal("0.06"),
            currency="CNY",
            amount_in_words_zh="人民币壹佰零陆元整",
            seller=Party(side="provider", organisation="seller", name="卖方"),
            buyer=Party(side="customer", organisation="buyer", name="买方"),
            basis=("silence",),
            items=(),
            pay_by=date(2026, 4, 1),
        )
    )


def reversed_(contract: str, generation: int = 0) -> Record:
    """What takes that request back."""
    return carried(
        InvoiceReversed(
            request_id=f"request-{contract}-{generation}",
            contract=contract,
            line="line-1",
            generation=generation,
            reason="joint correction",
        )
    )


def due_date(contract: str, day: date) -> Record:
    """The year is published, and with it the due date of that request."""
    calendar = calendar_of("cn", (CalendarYear(year=2027, days=(), source="test"),))
    return carried(
        InvoiceDueDateSet(
            request_id=f"request-{contract}-0",
            contract=contract,
            line="line-1",
            generation=0,
            pay_by=day,
            old_pay_by=date(2027, 1, 1),
            provisional=False,
            pay_by_derivation=compute(date(2027, 1, 1), "1wd", calendar),
        )
    )


def carried(event: PublicEvent) -> Record:
    """An event as the ledger's relay sends it."""
    data = canonical.encode(event)
    return record_of(
        Envelope(
            tenant="acme",
            source="acceptance",
            topic=event.TOPIC,
            key=event.contract,  # type: ignore[attr-defined]
            n=1,
            event_id="event",
            type=event.TYPE,
            effective_at=NOW,
            recorded_at=NOW,
            actor=system_actor("acceptance"),
            correlation_id="",
            causation_id="",
            traceparent=None,
            data=data,
        )
    )


async def test_a_record_that_is_delivered_again_is_not_a_second_invoice(bench: Bench) -> None:
    await bench.send(requested("c1"), requested("c1"))
    async with bench.finance():
        await bench.send(requested("c1"), requested("c2"))
    assert bench.invoices() == [("request-c1-0", "active"), ("request-c2-0", "active")]
    assert bench.parked() == []


async def test_a_due_date_that_was_provisional_is_completed_once(bench: Bench) -> None:
    completed = due_date("c1", date(2027, 1, 4))
    await bench.send(requested("c1"), completed, completed)
    async with bench.finance():
        await bench.send(requested("c2"))
    assert bench.query("SELECT * FROM due_date") == [("request-c1-0", "2027-01-04", 0)]
    assert bench.parked() == []


async def test_after_a_restart_it_goes_on_where_it_was(bench: Bench) -> None:
    async with bench.finance():
        await bench.send(requested("c1"))
    await bench.send(requested("c2"))
    async with bench.finance():
        pass
    assert bench.invoices() == [("request-c1-0", "active"), ("request-c2-0", "active")]


async def test_killed_between_effect_and_commit_it_issues_once(bench: Bench) -> None:
    await bench.send(requested("c1"), reversed_("c1"), requested("c1", 1))
    for _ in range(2):
        assert await bench.killed(KILLED_BEFORE_COMMIT) == -signal.SIGKILL
        assert bench.invoices() == [("request-c1-0", "reversed"), ("request-c1-1", "active")]
    async with bench.finance():
        pass
    assert bench.invoices() == [("request-c1-0", "reversed"), ("request-c1-1", "active")]
    assert bench.parked() == []


async def test_a_replay_of_the_whole_topic_changes_nothing(bench: Bench) -> None:
    await bench.send(requested("c1"), reversed_("c1"), requested("c1", 1), requested("c2"))
    async with bench.finance():
        pass
    before = bench.invoices()
    # A group of another name has no offsets: it begins at the first record.
    async with bench.finance(group="replay"):
        pass
    assert bench.invoices() == before
    assert before == [("request-c1-0", "reversed"), ("request-c1-1", "active"), ("request-c2-0", "active")]
    assert bench.parked() == []


POISON: dict[str, dict[str, Any]] = {
    "an empty value": {"value": b""},
    "no JSON": {"value": b"{"},
    "invalid UTF-8": {"value": b'{"request_id":"\xff"}'},
    "only a foreign header": {"headers": [("trace", b"1")]},
    "a header twice": {"headers": [*requested("c1").headers, ("ce_type", b"other")]},
    "another type": {"headers": [(n, b"later.v2" if n == "ce_type" else v) for n, v in requested("c1").headers]},
    "no amount": {"value": requested("c1").value.replace(b'"106.00"', b"null")},
    "half a character": {"value": requested("c1").value.replace(b"HT-1", rb"\ud800")},
    "an id of half a character": {"value": requested("c1").value.replace(b"request-c1-0", rb"\ud800")},
    "a generation without end": {
        "value": requested("c1").value.replace(b'"generation":0', b'"generation":' + b"9" * 99)
    },
    "no end of brackets": {"value": b'{"a":' + b"[" * 200_000},
    "an endless amount": {"value": requested("c1").value.replace(b'"106.00"', b'"NaN"')},
}


async def test_no_record_stops_those_behind_it(bench: Bench) -> None:
    await bench.send(*(replace(requested("c1"), **wrong) for wrong in POISON.values()))
    async with bench.finance():
        await bench.send(requested("c2"))
    assert bench.invoices() == [("request-c2-0", "active")]
    assert len(bench.parked()) == len(POISON)


async def test_the_reversal_of_a_parked_request_keeps_it_from_being_issued_later(bench: Bench) -> None:
    await bench.send(replace(requested("c1"), value=b"{"), reversed_("c1"))
    async with bench.finance():
        await bench.send(requested("c1"))
    assert bench.invoices() == [("request-c1-0", "reversed")]


async def test_what_would_be_a_second_invoice_for_a_line_is_parked_and_not_issued(bench: Bench) -> None:
    await bench.send(requested("c1"), replace(reversed_("c1"), value=b"{"), requested("c1", 1))
    await bench.send(requested("c2"), requested("c2", amount="999.00"))
    async with bench.finance():
        pass
    assert bench.invoices() == [("request-c1-0", "active"), ("request-c2-0", "active")]
    assert len(bench.parked()) == 3


async def test_a_replay_with_a_better_program_does_what_was_parked(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.send(requested("c1"), reversed_("c1"), requested("c1", 1))
    with monkeypatch.context() as older:
        older.setattr(finance, "REVERSED", "acceptance.invoice_reversed.v0")
        async with bench.finance():
            pass
    assert bench.invoices() == [("request-c1-0", "active")]
    assert len(bench.parked()) == 2
    async with bench.finance(group="replay"):
        pass
    assert bench.invoices() == [("request-c1-0", "reversed"), ("request-c1-1", "active")]
    assert bench.parked() == []
