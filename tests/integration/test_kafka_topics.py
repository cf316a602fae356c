"""The topics of a real broker follow their one definition; nothing is deleted, nothing of somebody else's is undone."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from msgspec.structs import replace

from services.cli import topics as command
from shared.eventstore.log import open_log
from shared.kafka.register import KafkaRegister, RegisterUnavailable
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import BrokerUnavailable, apply, differences
from shared.kafka.topics import EVERY_TOPIC, REGISTER_TOPIC, history_topic
from shared.kernel.clock import VirtualLegalClock
from shared.membership.own import ForeignLedger, new_membership
from shared.membership.register import join
from shared.public_events.language import PUBLIC_LANGUAGE
from tests.support.kafka import MACHINE, own_topics, settings_of_a_test
from tests.support.toy_ledger import COUNTER, START

TOYS = history_topic("ledger.toys.v1", partitions=2)


@pytest.fixture
def settings(kafka_bootstrap: str) -> KafkaSettings:
    return settings_of_a_test(kafka_bootstrap)


async def test_what_is_missing_is_created_and_then_all_is_as_defined(settings: KafkaSettings) -> None:
    assert [difference.what for difference in await apply(settings, EVERY_TOPIC)] == ["missing"] * len(EVERY_TOPIC)
    assert await differences(settings, EVERY_TOPIC) == []
    assert await apply(settings, EVERY_TOPIC) == []


async def test_too_few_partitions_become_more_and_too_many_are_accepted(settings: KafkaSettings) -> None:
    await apply(settings, [TOYS])
    wider = replace(TOYS, partitions=4)
    (difference,) = await apply(settings, [wider])
    assert (difference.what, difference.expected, difference.found) == ("partitions", "4", "2")
    assert await differences(settings, [TOYS]) == []


async def test_a_setting_that_differs_is_set_and_what_others_set_stays(settings: KafkaSettings) -> None:
    others = {**TOYS.configuration, "retention.ms": "1000", "segment.ms": "3600000"}
    await apply(settings, [replace(TOYS, configuration=others)])
    (difference,) = await apply(settings, [TOYS])
    assert (difference.what, difference.expected, difference.found) == ("retention.ms", "-1", "1000")
    assert await differences(settings, [replace(TOYS, configuration={"segment.ms": "3600000"})]) == []


async def test_without_a_broker_it_says_so() -> None:
    with pytest.raises(BrokerUnavailable):
        await differences(KafkaSettings(bootstrap="127.0.0.1:1"), EVERY_TOPIC)


def test_the_command_applies_and_checks(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QIZHANG_KAFKA", settings.bootstrap)
    monkeypatch.setenv("QIZHANG_KAFKA_PREFIX", settings.prefix)
    assert command.run(["check"]) == command.EXIT_DIFFERENCE
    assert "ledger.contracts.v1: missing" in capsys.readouterr().out
    assert command.run(["apply"]) == 0
    assert command.run(["check"]) == 0
    assert "符合定义" in capsys.readouterr().out


async def test_a_second_database_of_a_service_does_not_join_the_ledger(kafka_bootstrap: str) -> None:
    settings = await own_topics(kafka_bootstrap, [REGISTER_TOPIC])
    async with AsyncExitStack() as stack:
        register, other = KafkaRegister(settings, "one"), KafkaRegister(settings, "other")
        stack.push_async_callback(register.close)
        stack.push_async_callback(other.close)
        logs = [await open_log(COUNTER, "memory:", VirtualLegalClock(START), MACHINE) for _ in range(3)]
        for log in logs:
            stack.push_async_callback(log.close)
        first, second = await asyncio.gather(
            join(logs[0], "counter", register, new_membership()), join(logs[1], "mirror", other, new_membership())
        )
        assert first.ledger == second.ledger and first.database != second.database
        with pytest.raises(ForeignLedger, match=r"another database for counter.*QIZHANG_SCHEMA"):
            await join(logs[2], "counter", register, new_membership())
        assert await join(logs[0], "counter", other, new_membership()) == first


async def test_without_the_register_nobody_joins(kafka_bootstrap: str) -> None:
    register = KafkaRegister(settings_of_a_test(kafka_bootstrap), "one")
    with pytest.raises(RegisterUnavailable, match="qizhang topics apply"):
        await register.entries()


def test_the_command_without_an_address_names_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["check"]) == command.EXIT_UNAVAILABLE
    assert "QIZHANG_KAFKA" in capsys.readouterr().err


def test_history_is_never_compacted_and_never_expires() -> None:
    for topic in EVERY_TOPIC:
        assert topic.configuration["cleanup.policy"] == "delete"
        assert (topic.configuration["retention.ms"] == "-1") == (topic.kind in ("history", "register"))


def test_r_409_inbound_records_carry_the_time_of_their_append() -> None:
    for topic in EVERY_TOPIC:
        in_append_time = topic.configuration["message.timestamp.type"] == "LogAppendTime"
        assert in_append_time == (topic.kind == "inbound")


def test_every_event_of_the_published_language_has_its_topic() -> None:
    carried = [event for topic in EVERY_TOPIC for event in topic.events]
    assert sorted(carried) == list(PUBLIC_LANGUAGE.names())
