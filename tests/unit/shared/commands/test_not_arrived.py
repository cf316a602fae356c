"""What has not arrived is nobody else's business in the batch, and leaves nothing behind under the key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.commands.command import Asked, Command
from shared.commands.decision import Decision
from shared.commands.service import Facts
from shared.eventstore import arrivals
from shared.kernel.errors import NotArrivedYet, Unseen
from tests.support.logs import opened
from tests.support.toy_service import NOW, TOY, Add, Counter, command
from tests.support.toy_service import decide as decide_toy

LATE = "late"


def waiting_for(arrived: Callable[[], bool], error: type[Exception] = NotArrivedYet) -> Any:
    """The toy service; what comes with the note LATE is about something that has not arrived."""

    def decide(state: Counter, given: Command[Any], facts: Facts) -> Decision:
        if getattr(given.body, "note", "") == LATE and not arrived():
            raise error()
        return decide_toy(state, given, facts)

    return replace(TOY, decide=decide)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "PAUSES_S", (0.0,))


async def test_one_that_waits_does_not_fail_those_of_its_batch() -> None:
    async with opened("memory:", waiting_for(lambda: False)) as log:
        acts = [command(Add(amount=1, note=LATE if n == 2 else ""), f"k{n}") for n in range(5)]
        answers = await asyncio.gather(*(log.submit(act) for act in acts), return_exceptions=True)
    assert [type(answer).__name__ for answer in answers] == ["Result", "Result", "NotArrivedYet", "Result", "Result"]


@pytest.mark.parametrize("error", [NotArrivedYet, Unseen])
async def test_the_same_key_is_decided_when_it_has_arrived(error: type[Exception]) -> None:
    arrived: list[int] = []
    async with opened("memory:", waiting_for(lambda: bool(arrived), error)) as log:
        act = command(Add(amount=1, note=LATE), "k")
        for _ in range(2):
            with pytest.raises(error):
                await log.submit(act)
        # Another content under the key is no reuse either: nothing stands there.
        with pytest.raises(error):
            await log.submit(command(Add(amount=2, note=LATE), "k"))
        arrived.append(1)
        assert (await log.submit(act)).outcome.kind == "done"


async def test_over_a_topic_nothing_is_answered_while_it_may_be_on_its_way() -> None:
    arrived: list[int] = []
    async with opened("memory:", waiting_for(lambda: bool(arrived))) as log:
        plain = command(Add(amount=1, note=LATE), "k")
        asked = Asked(source="s", id="1", type="t", received_at=NOW)
        act = replace_context(plain, asked)
        with pytest.raises(NotArrivedYet):
            await log.answer(act)
        assert list(await log.outbox(0)) == []
        arrived.append(1)
        assert await log.answer(act) == "done"


def replace_context(given: Command[Any], asked: Asked) -> Command[Any]:
    """The command as a message of a topic asked for it."""
    return Command(
        scope=given.scope,
        stream=given.stream,
        body=given.body,
        context=type(given.context)(
            **{name: getattr(given.context, name) for name in given.context.__struct_fields__ if name != "asked"},
            asked=asked,
        ),
    )
