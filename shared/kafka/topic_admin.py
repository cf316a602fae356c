"""Brings the topics of a broker in line with their definition, and tells where they differ.

What is missing is created, too few partitions become more, settings that differ are set. Nothing is ever deleted, and
partitions beyond the definition are accepted: they cannot be taken back, and order does not rest on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from msgspec import Struct

from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import Topic

REPLICAS_MAX: Final = 3
# Where an acknowledged record has to be before it counts, when there are three copies.
IN_SYNC_MIN: Final = 2
APPLY_TIMEOUT_S: Final = 30.0
SETTLE_INTERVAL_S: Final = 0.05

_TOPIC_ALREADY_EXISTS: Final = 36
_DYNAMIC_TOPIC_CONFIG: Final = 1


class BrokerUnavailable(Exception):
    """The broker cannot be reached or refuses; the text says what it said."""


class Difference(Struct, frozen=True, kw_only=True):
    """A topic is not as it has to be: `what` is `missing`, `partitions` or the name of a setting."""

    topic: str
    what: str
    expected: str
    found: str


class _Found(Struct, frozen=True, kw_only=True):
    """A topic of the broker: partitions, effective settings, and those set for this topic."""

    partitions: int
    settings: Mapping[str, str]
    own_settings: Mapping[str, str]


async def differences(settings: KafkaSettings, topics: Sequence[Topic]) -> list[Difference]:
    """Where the broker's topics differ from their definition; raises BrokerUnavailable."""
    async with _admin(settings) as admin:
        return [difference async for difference in _differences(admin, settings, topics)]


async def apply(settings: KafkaSettings, topics: Sequence[Topic]) -> list[Difference]:
    """Make the broker's topics as they have to be; returns what was different before. Raises BrokerUnavailable."""
    async with _admin(settings) as admin:
        before = [difference async for difference in _differences(admin, settings, topics)]
        differing = {difference.topic for difference in before}
        replicas = min(REPLICAS_MAX, len((await admin.describe_cluster())["brokers"]))
        for topic in topics:
            if topic.name in differing:
                await _apply(admin, settings.topic(topic.name), topic, replicas)
        async with asyncio.timeout(APPLY_TIMEOUT_S):
            # The broker answers before every part of it knows the change.
            while [difference async for difference in _differences(admin, settings, topics)]:  # noqa: ASYNC110
                await asyncio.sleep(SETTLE_INTERVAL_S)
        return before


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**settings.client_options("qizhang-topics"))
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        raise BrokerUnavailable(f"{type(error).__name__}: {error}") from error
    finally:
        await admin.close()


async def _differences(
    admin: AIOKafkaAdminClient, settings: KafkaSettings, topics: Sequence[Topic]
) -> AsyncIterator[Difference]:
    found = await _found(admin, [settings.topic(topic.name) for topic in topics])
    for topic in topics:
        there = found.get(settings.topic(topic.name))
        if there is None:
            yield Difference(topic=topic.name, what="missing", expected=f"{topic.partitions} partitions", found="")
            continue
        if there.partitions < topic.partitions:
            yield Difference(
                topic=topic.name, what="partitions", expected=str(topic.partitions), found=str(there.partitions)
            )
        for name, value in topic.configuration.items():
            if there.settings.get(name) != value:
                yield Difference(topic=topic.name, what=name, expected=value, found=there.settings.get(name, ""))


async def _found(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, _Found]:
    known = set(await admin.list_topics())
    there = [name for name in names if name in known]
    if not there:
        return {}
    described = {entry["topic"]: len(entry["partitions"]) for entry in await admin.describe_topics(there)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in there]
    answers = await admin.describe_configs(resources)
    settings: dict[str, list[Sequence[Any]]] = {
        name: entries for answer in answers for _, _, _, name, entries in answer.resources
    }
    return {
        name: _Found(
            partitions=described[name],
            settings={entry[0]: entry[1] for entry in settings[name]},
            own_settings={entry[0]: entry[1] for entry in settings[name] if entry[3] == _DYNAMIC_TOPIC_CONFIG},
        )
        for name in there
    }


async def _apply(admin: AIOKafkaAdminClient, name: str, topic: Topic, replicas: int) -> None:
    there = (await _found(admin, [name])).get(name)
    wanted = dict(topic.configuration)
    if replicas >= REPLICAS_MAX:
        wanted["min.insync.replicas"] = str(IN_SYNC_MIN)
    if there is None:
        new = NewTopic(name, topic.partitions, replicas, topic_configs=wanted)
        _check((await admin.create_topics([new])).topic_errors)
        return
    if there.partitions < topic.partitions:
        await admin.create_partitions({name: NewPartitions(topic.partitions)})
    # This request replaces all settings of a topic, so those that somebody else has made go along.
    resource = ConfigResource(ConfigResourceType.TOPIC, name, {**there.own_settings, **wanted})
    for answer in await admin.alter_configs([resource]):
        _check([(of_topic, code, text) for code, text, _, of_topic in answer.resources])


def _check(errors: Sequence[Sequence[Any]]) -> None:
    for topic, code, *text in errors:
        if code and code != _TOPIC_ALREADY_EXISTS:
            raise for_code(code)(f"{topic}: {text}")
