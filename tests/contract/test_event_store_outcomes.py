"""A command that came over a topic is answered in the transaction that decides it, on every store alike."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct
from msgspec.structs import replace

from shared.commands.command import NOBODY, Asked, Command, Rejected
from shared.commands.outcomes import TITLES, request_key
from shared.eventstore.port import EventLog, OutboxRow
from shared.kernel.errors import InvalidRequest, LogUnintelligible
from shared.messages.registry import Registry
from shared.public_events.outcomes import OUTCOMES_TOPIC, CommandAnswered
from tests.support.logs import BACKENDS, DURABLE, Backend, location_of, opened
from tests.support.toy_service import NOW, TOY, Add, Announce, Announced, OverTheLimit, Settle, command

Log = EventLog[Any]
SOURCE = "/crm/north"
LATER = "2026-03-02T01:31:00.000Z"


@pytest.fixture(params=BACKENDS)
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    backend: Backend = request.param
    async with opened(location_of(backend, request)) as log:
        yield log


def asked(id: str) -> Asked:
    return Asked(source=SOURCE, id=id, type="ledger.command.add.v1", received_at=NOW)


def inbound(body: Struct, id: str = "1", **changed: Any) -> Command[Any]:
    """A toy command under the id of a message."""
    made = command(body, key=request_key(SOURCE, id))
    return replace(made, context=replace(made.context, asked=replace(asked(id), **changed)))


async def answers(log: Log) -> list[OutboxRow]:
    return [row for row in await log.outbox(0) if row.envelope.topic == OUTCOMES_TOPIC]


def said(row: OutboxRow) -> CommandAnswered:
    return msgspec.json.decode(row.envelope.data, type=CommandAnswered)


async def test_what_was_done_is_answered_under_the_id_of_the_request(log: Log) -> None:
    assert await log.answer(inbound(Add(amount=2))) == "done"
    (row,) = await answers(log)
    answer, envelope = said(row), row.envelope
    assert (answer.request_source, answer.request_id, answer.outcome) == (SOURCE, "1", "done")
    # A place in the log tells a sender nothing.
    assert (answer.received_at, answer.version, answer.position) == (NOW, 1, 0)
    assert (answer.title_en, answer.title_zh) == TITLES["done"]
    assert answer.events == tuple(event.event_id for event in await log.read(0))
    assert (envelope.key, envelope.n, envelope.source) == (request_key(SOURCE, "1"), 1, "toy")
    assert envelope.effective_at == NOW


async def test_a_refusal_leaves_too_and_records_nothing_else(log: Log) -> None:
    assert await log.answer(inbound(Add(amount=2_000_000))) == "refused"
    answer = said((await answers(log))[0])
    assert (answer.code, answer.rule, answer.field) == ("OVER_THE_LIMIT", "R-000", "amount")
    assert (answer.title_en, answer.title_zh) == (OverTheLimit.title_en, OverTheLimit.title_zh)
    assert answer.detail == "0 + 2000000 > 1000000"
    assert await log.head() == 0


@pytest.mark.parametrize("amount", [0, 2, 2_000_000])
async def test_r_420_a_repeat_is_told_the_same_under_the_same_id(log: Log, amount: int) -> None:
    await log.answer(inbound(Add(amount=amount)))
    await log.answer(inbound(Add(amount=amount), received_at=LATER))
    first, repeat = await answers(log)
    assert repeat.envelope.data == first.envelope.data
    assert repeat.envelope.event_id == first.envelope.event_id
    assert repeat.envelope.effective_at == first.envelope.effective_at
    assert [first.envelope.n, repeat.envelope.n] == [1, 2]


async def test_r_420_an_id_with_other_content_is_refused(log: Log) -> None:
    await log.answer(inbound(Add(amount=2)))
    assert await log.answer(inbound(Add(amount=3))) == "refused"
    assert said((await answers(log))[1]).code == "IDEMPOTENCY_KEY_REUSED"


async def test_r_401_the_final_answer_of_a_conditional_command_follows(log: Log) -> None:
    announced = inbound(Announce(amount=2))
    assert await log.answer(announced) == "conditional"
    await log.submit(command(Settle(), key="settle"))
    first, final = await answers(log)
    assert [said(first).outcome, said(final).outcome] == ["conditional", "done"]
    assert (said(final).detail, said(final).request_id) == ("settled", "1")
    assert [first.envelope.n, final.envelope.n] == [1, 2]
    assert await log.answer(announced) == "done"
    assert (await answers(log))[2].envelope.event_id == final.envelope.event_id


async def test_a_message_that_became_no_command_is_answered(log: Log) -> None:
    await log.reject(Rejected(tenant=NOBODY, asked=asked("1"), error=InvalidRequest("no", field="type")))
    (row,) = await answers(log)
    assert (said(row).outcome, said(row).code, said(row).field) == ("refused", "INVALID_REQUEST", "type")
    assert await log.head() == 0


async def test_a_defect_of_ours_is_no_answer(log: Log) -> None:
    with pytest.raises(RuntimeError):
        await log.answer(inbound(Add(amount=-1)))
    assert await answers(log) == []


async def test_who_asked_over_http_is_not_told_over_a_topic(log: Log) -> None:
    await log.submit(command(Announce(amount=2), key="1"))
    await log.submit(command(Settle(), key="2"))
    assert await answers(log) == []
    with pytest.raises(ValueError, match="nobody asked"):
        await log.answer(command(Add(amount=1), key="3"))


@pytest.mark.parametrize("backend", DURABLE)
async def test_r_460_an_older_build_answers_nothing_about_what_a_newer_one_wrote(
    backend: Backend, request: pytest.FixtureRequest
) -> None:
    location = location_of(backend, request)
    async with opened(location) as log:
        await log.submit(command(Add(amount=1), "k1"))
    async with opened(location, dataclasses.replace(TOY, events=Registry((Announced,), "TOPIC"))) as log:
        with pytest.raises(LogUnintelligible):
            await log.answer(inbound(Add(amount=2)))
        assert await answers(log) == []
    async with opened(location) as log:
        assert await log.answer(inbound(Add(amount=2))) == "done"
