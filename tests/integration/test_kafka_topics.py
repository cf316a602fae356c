"""The topics of a real broker follow their one definition; nothing is deleted, nothing of somebody else's is undone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from services.cli import topics as command
from shared.kafka.settings import KafkaSettings
from shared.kafka.topic_admin import BrokerUnavailable, apply, differences
from shared.kafka.topics import TOPICS, history_topic
from shared.public_events.language import PUBLIC_LANGUAGE
from tests.support.kafka import settings_of_a_test

TOYS = history_topic("ledger.toys.v1", partitions=2)


@pytest.fixture
def settings(kafka_bootstrap: str) -> KafkaSettings:
    return settings_of_a_test(kafka_bootstrap)


async def test_what_is_missing_is_created_and_then_all_is_as_defined(settings: KafkaSettings) -> None:
    assert [difference.what for difference in await apply(settings, TOPICS)] == ["missing"] * len(TOPICS)
    assert await differences(settings, TOPICS) == []
    assert await apply(settings, TOPICS) == []


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
        await differences(KafkaSettings(bootstrap="127.0.0.1:1"), TOPICS)


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


def test_the_command_without_an_address_names_the_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["check"]) == command.EXIT_UNAVAILABLE
    assert "QIZHANG_KAFKA" in capsys.readouterr().err


def test_history_is_never_compacted_and_never_expires() -> None:
    for topic in TOPICS:
        assert topic.configuration["cleanup.policy"] == "delete"
        assert (topic.configuration["retention.ms"] == "-1") == (topic.kind == "history")


def test_r_409_inbound_records_carry_the_time_of_their_append() -> None:
    for topic in TOPICS:
        in_append_time = topic.configuration["message.timestamp.type"] == "LogAppendTime"
        assert in_append_time == (topic.kind == "inbound")


def test_every_event_of_the_published_language_has_its_topic() -> None:
    carried = [event for topic in TOPICS for event in topic.events]
    assert sorted(carried) == list(PUBLIC_LANGUAGE.names())
