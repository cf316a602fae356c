"""Commands over a real broker: signed, decided once, answered, and counted by the time of the broker (R-401, R-409)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from cryptography.hazmat.primitives import serialization
from msgspec.structs import replace

from docs.examples import internal_system as system
from shared.commands.command import Command
from shared.commands.decision import OutcomeKind
from shared.deadlines.model import DeadlineHeld, DeadlineMet, DeadlineSet
from shared.deadlines.ticker import Ticker
from shared.eventstore.port import EventLog
from shared.kafka import consumer, publisher
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.publisher import partition_of
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import apply
from shared.kafka.topics import DEAD_LETTERS_TOPIC, topic_of_commands, topic_of_outcomes
from shared.kernel.failpoints import KILLED_EXIT_CODE
from shared.kernel.instants import plus_seconds
from shared.messages.events import Recorded
from tests.architecture.source import ROOT
from tests.support.inbound import CRM, FOREIGN, KEY, SOURCE, act
from tests.support.inbound_desk import INBOUND, MACHINE, Desk, told, total
from tests.support.inbound_process import MODULE
from tests.support.kafka import PATIENCE_S, TOY_TOPICS, eventually, own_topics
from tests.support.kafka_process import replica
from tests.support.processes import child
from tests.support.toy_ledger import COUNTER, START, TENANT, StartTimer, toy_command

SCOPE = "counter/c1"
PARTITIONS = 2
OTHER_PARTITION = next(
    key for key in (b"a", b"b", b"c", b"d") if partition_of(key, PARTITIONS) != partition_of(b"c1", PARTITIONS)
)


async def copies(settings: KafkaSettings, number: int) -> list[tuple[dict[str, bytes], bytes]]:
    """The first so many dead letters: headers and value."""
    reader = AIOKafkaConsumer(
        settings.topic(DEAD_LETTERS_TOPIC), auto_offset_reset="earliest", bootstrap_servers=settings.bootstrap
    )
    async with reader:
        return [(dict(record.headers), record.value) for record in [await reader.getone() for _ in range(number)]]


async def events(log: EventLog[Any], *types: type) -> list[Recorded]:
    return [event for event in await log.read_scope(TENANT, SCOPE) if isinstance(event.data, types)]


@pytest.fixture
async def desk(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Desk]:
    topics = (topic_of_commands("counter", PARTITIONS), topic_of_outcomes(PARTITIONS))
    settings = await own_topics(kafka_bootstrap, (*topics, *TOY_TOPICS))
    async with AsyncExitStack() as stack:
        yield Desk(settings, tmp_path, stack)


async def test_the_example_is_answered_over_the_broker_and_a_repeat_of_it_the_same(desk: Desk) -> None:
    log = await desk.open()
    await desk.join(log)
    first = await desk.ask(act("1", amount=3))
    assert (first["outcome"], first["request_source"], first["request_id"]) == ("done", SOURCE, "1")
    assert await desk.ask(act("1", amount=3)) == first
    refused = await desk.ask(act("1", amount=4))
    assert (refused["outcome"], refused["code"], refused["rule"]) == ("refused", "IDEMPOTENCY_KEY_REUSED", "R-420")
    assert refused["title_zh"]
    assert await total(log, "c1") == 3


async def test_the_example_does_not_take_the_answer_to_a_forged_message_for_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await desk.open()
    asked, may_decide = asyncio.Event(), asyncio.Event()
    answer = log.answer

    async def held(command: Command[Any]) -> OutcomeKind:
        asked.set()
        await may_decide.wait()
        return await answer(command)

    monkeypatch.setattr(log, "answer", held)
    await desk.join(log)
    answered = asyncio.create_task(desk.ask(act("1", amount=3)))
    await asked.wait()
    value, headers = system.record_of(act("1", amount=9), CRM._replace(key=FOREIGN))
    await desk.send_raw(value, headers, key=OTHER_PARTITION)
    await eventually(lambda: is_told(log, "SIGNATURE_INVALID"))
    may_decide.set()
    assert (await answered)["outcome"] == "done"


async def is_told(log: EventLog[Any], code: str) -> bool:
    return code in [answer.code for answer in await told(log)]


async def test_the_example_runs_as_a_program(desk: Desk, tmp_path: Path) -> None:
    await desk.join(await desk.open())
    pem = tmp_path / "crm.pem"
    pkcs8, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(KEY.private_bytes(serialization.Encoding.PEM, pkcs8, nothing))
    environment = {
        **os.environ,
        "SYSTEM_KAFKA": desk.settings.bootstrap,
        "SYSTEM_TOPIC_PREFIX": desk.settings.prefix,
        "SYSTEM_TENANT": TENANT,
        "SYSTEM_SOURCE": SOURCE,
        "SYSTEM_KEY_ID": "crm",
        "SYSTEM_KEY_FILE": str(pem),
    }
    asked = ("counter", "add", "1", '{"counter":"c1"}', '{"amount":3}')
    command = (sys.executable, str(ROOT / "docs/examples/internal_system.py"), *asked)
    async with child(*command, env=environment, stdout=PIPE) as process:
        output, _ = await process.communicate()
    assert (process.returncode, json.loads(output)["outcome"]) == (0, "done")


async def test_bad_records_are_answered_or_put_aside_and_their_partition_moves_on(desk: Desk) -> None:
    value, headers = system.record_of(act("bad"), CRM)
    good = dict(headers)
    for wrong in (
        (None, headers),
        (value, [*headers, ("ce_type", b"twice")]),
        (value, [*headers[:-1], ("ce_signature", b"e30..e30")]),
        (value, list({**good, "ce_tenant": b"\xff"}.items())),
        (b"\xff", [("ce_source", b"\xff")]),
        (b" " * 900_000, headers),
        (b"0" * 1_040_000, []),
    ):
        await desk.send_raw(*wrong)
    log = await desk.open()
    bus = await desk.join(log)
    await desk.send(act("good", amount=2))
    await bus.intakes["counter"].caught_up()
    answers = await told(log)
    assert [answer.code for answer in answers] == [
        "CLOUD_EVENT_TOMBSTONE",
        "CLOUD_EVENT_ATTRIBUTE_TWICE",
        "SIGNATURE_INVALID",
        "CLOUD_EVENT_ATTRIBUTE_INVALID",
        "CLOUD_EVENT_TOO_LARGE",
        "",
    ]
    assert await total(log, "c1") == 2
    copied = {value: headers["__dlq.errors.message"] for headers, value in await copies(desk.settings, 2)}
    # The larger one is not copied; its place and the reason are kept.
    assert copied.keys() == {b"\xff", b""}
    assert b"CLOUD_EVENT_TOO_LARGE" in copied[b""]


async def test_copies_that_are_made_side_by_side_share_a_producer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(**options: Any) -> publisher.Producer:
        made.append(options)
        return original(**options)

    original = publisher.Producer
    monkeypatch.setattr(publisher, "Producer", counted)
    copying = publisher.KafkaPublisher(desk.settings, "test")
    dead_letters = DeadLetters("counter", copying)
    await asyncio.gather(*(dead_letters.unreadable(INBOUND, f"0:{offset}", "planted") for offset in range(3)))
    await copying.close()
    assert len(made) == 1
    assert len(await copies(desk.settings, 3)) == 3


class NoText(str):
    """The name of a header that is not UTF-8, as a foreign client may send it."""

    def encode(self, *codec: str) -> bytes:
        return b"\xff\xfe"


async def test_a_header_whose_name_is_no_text_does_not_stop_its_partition(desk: Desk) -> None:
    topic = topic_of_commands("counter", PARTITIONS)
    # A broker that packs anew what it takes in puts such a name right.
    as_sent = {**topic.configuration, "compression.type": "producer"}
    await apply(desk.settings, [replace(topic, configuration=as_sent)])
    log = await desk.open()
    await desk.send(act("before"))
    async with AIOKafkaProducer(bootstrap_servers=desk.settings.bootstrap) as producer:
        batch = producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, 10_000)
        for headers in ([], [(NoText("name"), b"value")], []):
            batch.append(timestamp=None, key=b"c1", value=b"{}", headers=headers)
        batch.close()
        partition = partition_of(b"c1", PARTITIONS)
        await (await producer.send_batch(batch, desk.settings.topic(INBOUND), partition=partition))
    await desk.send(act("after"))
    bus = await desk.join(log)
    await bus.intakes["counter"].caught_up()
    assert [answer.request_id for answer in await told(log)] == ["before", "after"]
    reasons = [headers["__dlq.errors.message"] for headers, _ in await copies(desk.settings, 3)]
    # What follows in the same batch cannot be told apart from it.
    assert sorted(b"utf-8" in reason for reason in reasons) == [False, True, True]


async def test_r_420_records_that_are_read_again_are_done_once_and_answered_the_same(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(client: Any, lanes: Any) -> set[Any]:
        return {lane.partition for lane in lanes}

    counters = [f"c{number}" for number in range(5)]
    await desk.send(*(act(f"{counter}-{number}", counter=counter) for counter in counters for number in range(3)))
    log = await desk.open()
    with monkeypatch.context() as killed:
        killed.setattr(consumer, "keep", lost)
        first = await desk.join(log)
        await first.intakes["counter"].caught_up()
        await first.close()
    second = await desk.join(log)
    await second.intakes["counter"].caught_up()
    assert [await total(log, counter) for counter in counters] == [3] * 5
    answers = [(answer.request_id, answer) for answer in await told(log)]
    assert len(answers) == 30
    assert all(dict(answers)[id] == answer for id, answer in answers)


@pytest.mark.parametrize(
    "point", ["writer.inserted_before_commit", "writer.after_commit_before_reply", "consumer.before_commit"]
)
async def test_r_461_killed_in_between_every_command_is_done_once_and_answered(desk: Desk, point: str) -> None:
    counters = [f"c{number}" for number in range(5)]
    await desk.send(*(act(f"{counter}-{number}", counter=counter) for counter in counters for number in range(2)))
    async with (
        replica(desk.settings, (desk.location,), f"{point}=kill", MODULE) as process,
        asyncio.timeout(PATIENCE_S),
    ):
        assert await process.wait() == KILLED_EXIT_CODE, await process.communicate()
    log = await desk.open()
    bus = await desk.join(log)
    await bus.intakes["counter"].caught_up()
    assert [await total(log, counter) for counter in counters] == [2] * 5
    answers = [(answer.request_id, answer) for answer in await told(log)]
    assert len(dict(answers)) == 10
    assert all((dict(answers)[id], answer.outcome) == (answer, "done") for id, answer in answers)


async def test_two_replicas_share_the_topic_and_one_leaves(desk: Desk) -> None:
    counters = [f"c{number}" for number in range(6)]
    log, other = await desk.open(), await desk.open()
    first = await desk.join(log)
    await eventually(lambda: len(first.inbound["counter"].partitions) == 2)
    second = await desk.join(other)
    await desk.send(*(act(f"early-{counter}", counter=counter) for counter in counters))
    await eventually(lambda: len(second.inbound["counter"].partitions) == 1)
    await desk.send(*(act(f"shared-{counter}", counter=counter) for counter in counters))
    await second.intakes["counter"].caught_up()
    await first.close()
    await desk.send(*(act(f"alone-{counter}", counter=counter) for counter in counters))
    await second.intakes["counter"].caught_up()
    assert [await total(log, counter) for counter in counters] == [3] * 6
    assert {answer.outcome for answer in await told(log)} == {"done"}


@pytest.mark.parametrize("waits", [True, False])
async def test_r_401_an_act_appended_in_time_and_decided_late_counts_because_the_deadline_waits(
    desk: Desk, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = await desk.open()
    may_decide = asyncio.Event()
    answer = log.answer

    async def held(command: Command[Any]) -> OutcomeKind:
        await may_decide.wait()
        return await answer(command)

    monkeypatch.setattr(log, "answer", held)
    bus = await desk.join(log)
    appended_at = await desk.send(act("1", "stop", deadline_id="d1"))
    await log.submit(toy_command(SCOPE, StartTimer(deadline_id="d1", spec="30min"), "start", at=appended_at))
    (timer,) = await events(log, DeadlineSet)
    due_at = timer.data.deadline.derivation.due_at  # type: ignore[attr-defined]
    assert appended_at < due_at
    desk.legal.set(plus_seconds(due_at, 3600))
    # Without the wait it fires, and an act that was received in time comes too late: what the rule forbids.
    intake = bus.intakes["counter"] if waits else None
    ticker = Ticker(COUNTER, log, desk.legal, MACHINE, grace_s=0.0, intake=intake)
    assert [await ticker.tick(desk.legal.now()) for _ in range(3)] == ([0, 0, 0] if waits else [1, 0, 0])
    may_decide.set()
    await bus.intakes["counter"].caught_up()
    assert await ticker.tick(desk.legal.now()) == 0
    (said,) = await told(log)
    assert said.outcome == ("done" if waits else "without_effect")
    assert said.received_at == appended_at
    assert [event.effective_at for event in await events(log, DeadlineMet)] == ([appended_at] if waits else [])
    assert len(await events(log, DeadlineHeld)) == (0 if waits else 1)


async def test_r_401_a_deadline_fires_once_everything_that_was_appended_is_decided(desk: Desk) -> None:
    log = await desk.open()
    bus = await desk.join(log)
    await log.submit(toy_command(SCOPE, StartTimer(deadline_id="d1", spec="30min"), "start"))
    desk.legal.set(plus_seconds(START, 7200))
    await desk.send(act("1", amount=2), act("late", "stop", deadline_id="d1"))
    ticker = Ticker(COUNTER, log, desk.legal, MACHINE, grace_s=0.0, intake=bus.intakes["counter"])
    fired = await ticker.tick(desk.legal.now())
    await bus.intakes["counter"].caught_up()
    assert fired + await ticker.tick(desk.legal.now()) == 1
    assert await total(log, "c1") == 2
    assert [answer.outcome for answer in await told(log)] == ["done", "without_effect"]
    assert len(await events(log, DeadlineHeld)) == 1


async def test_r_401_no_deadline_waits_for_places_without_a_record(desk: Desk) -> None:
    """Of what was deleted, and of the marker that a transaction leaves behind its records, nothing is to be decided."""
    settings, topic = desk.settings, desk.settings.topic(INBOUND)
    await desk.send_raw(b"old", [], key=OTHER_PARTITION)
    other = TopicPartition(topic, partition_of(OTHER_PARTITION, PARTITIONS))
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    await admin.delete_records({other: RecordsToDelete(before_offset=1)})
    await admin.close()
    log = await desk.open()
    bus = await desk.join(log)
    value, headers = system.record_of(act("1", amount=3), CRM)
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, transactional_id=topic)
    async with producer, producer.transaction():
        await producer.send_and_wait(topic, value, key=b"c1", headers=headers)
    async with asyncio.timeout(PATIENCE_S):
        await bus.intakes["counter"].caught_up()
    assert await total(log, "c1") == 3
    # What another replica asks about is what was committed.
    await eventually((await (await desk.join(log)).intakes["counter"].backlog()).is_decided)
