"""Nobody stops anybody: what one receiver or one notice does to the sender, the others do not notice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from services.hosting.runtime import ServiceRuntime
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.domain.commands import DispatchNotice, RecordAttempt, RegisterEndpoint
from services.notifier.domain.events import EndpointRegistered
from services.notifier.domain.state import State
from services.notifier.projections.deliveries import DELIVERIES, PENDING
from services.notifier.projections.endpoints import ENDPOINTS
from services.notifier.sending import resting
from services.notifier.service import NOTIFIER
from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.commands.service import Facts
from shared.eventstore.port import Document, Lease
from shared.kernel.errors import StoreUnavailable, Trouble
from shared.kernel.waiting import Signal
from shared.messages.events import NewEvent
from tests.support.logs import location_of
from tests.support.notifier_desk import Desk, Receiver, open_desk, receiver_on_loopback

BAD, GOOD = "bad", "good"
DEAD = 20
# Longer than a busy machine keeps the holder from renewing it: who loses it meanwhile sends as he may.
LEASE_LIFE_S = 3.0


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiver_on_loopback() as receiver:
        yield receiver


def endpoint(url: str, name: str = "hook", organisation: str = "acme") -> RegisterEndpoint:
    return RegisterEndpoint(endpoint=name, organisation=organisation, url=url)


async def until(holds: Callable[[], bool], look: Callable[[], Awaitable[object]]) -> None:
    """Wait for what the sender does by itself; every look goes to another thread and back."""
    while not holds():
        await look()


async def test_endpoints_that_never_answer_do_not_delay_another_tenant(receiver: Receiver) -> None:
    async with open_desk(receiver) as desk:
        for number in range(DEAD):
            await desk.give("acme", endpoint(f"{receiver.url}silent", f"e{number}"), "register", BAD)
        await desk.escalate(BAD)
        await receiver.changed.until(lambda: receiver.silent == DEAD)
        await desk.give("acme", endpoint(desk.url), "register", GOOD)
        await desk.escalate(GOOD)
        await receiver.changed.until(lambda: len(receiver.got) == 1)
        assert receiver.hanging and receiver.silent == DEAD
        receiver.release()
        await desk.at_rest()
        assert await desk.webhook_states(BAD) == ["delivered"] * DEAD


async def test_endpoints_that_never_answer_do_not_delay_another_one_of_their_organisation(receiver: Receiver) -> None:
    async with open_desk(receiver) as desk:
        for number in range(DEAD - 1):
            await desk.give("acme", endpoint(f"{receiver.url}silent", f"e{number}"), "register")
        await desk.give("acme", endpoint(desk.url, "z-last"), "register")
        for number in (1, 2, 3):
            await desk.escalate(number=number)
        await receiver.changed.until(lambda: len(receiver.got) == 3)
        assert receiver.hanging
        assert receiver.silent == DEAD - 1, "an endpoint is called for one notice after another"


async def test_a_replica_whose_clock_is_not_believed_sends_nothing_and_gives_its_turn_away(receiver: Receiver) -> None:
    """By a clock two weeks ahead every repetition would be due at once, and the target given up within a minute."""
    doubt: list[Trouble] = [Trouble("时钟不准", "the clock is wrong")]

    class Doubt:
        def trouble(self) -> Trouble | None:
            return doubt[0] if doubt else None

    def doubted(runtime: ServiceRuntime) -> None:
        runtime.belief = Doubt()

    async with open_desk(receiver, around=doubted) as desk:
        await desk.give("acme", endpoint(desk.url), "register")
        await desk.escalate()
        for _ in range(3):
            taken = await desk.log.acquire_lease("sending", "another", LEASE_LIFE_S)
            assert taken and not desk.sending.active and receiver.got == []
        await desk.log.release_lease(taken)
        doubt.clear()
        await receiver.changed.until(lambda: len(receiver.got) == 1)


async def test_a_receiver_that_answers_without_end_is_not_listened_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(self: Receiver, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=200)
        await answer.prepare(request)
        with suppress(ConnectionError):
            while True:
                await answer.write(b"x" * 65536)
        return answer

    monkeypatch.setattr(Receiver, "hang", endless)
    async with receiver_on_loopback() as endless_one, open_desk(receiver) as desk:
        await desk.give("acme", endpoint(f"{endless_one.url}silent"), "register")
        await desk.escalate()
        await desk.at_rest()
        assert await desk.webhook_states() == ["delivered"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "HTTP 302"),
        (web.Response(status=503, headers={"Retry-After": "9" * 5000}), "HTTP 503"),
        (web.Response(status=429, headers={"Retry-After": "١٢"}), "HTTP 429"),
    ],
)
async def test_whatever_a_receiver_answers_is_the_outcome_of_the_attempt(
    receiver: Receiver, answer: web.Response, failure: str
) -> None:
    receiver.answers = [answer]
    async with open_desk(receiver) as desk:
        await desk.give("acme", endpoint(desk.url), "register")
        await desk.escalate()
        await desk.at_rest()
        (log,) = [log for found in await desk.deliveries() for name, log in found.targets.items() if name != "log"]
        assert (log.state, log.attempts, log.last_failure) == ("waiting", 1, failure)
        assert len(receiver.got) == 1, "redirects are not followed"


@pytest.mark.parametrize(
    "url",
    ["https://hooks..example.com/x", "https://[::1/", "https://10.0.0.1/x", "https://example.com:99999/", "nonsense"],
)
async def test_an_address_that_an_older_program_took_in_is_the_outcome_of_its_attempt(
    receiver: Receiver, url: str
) -> None:
    """Planted: without the look at the address, `https://hooks..example.com/x` ends the sending with a UnicodeError."""
    async with open_desk(receiver, service=OLDER) as desk:
        await _registered_before(desk, BAD, url)
        await desk.give("acme", endpoint(desk.url), "register", GOOD)
        await desk.escalate(BAD)
        await desk.escalate(GOOD)
        await desk.at_rest()
        assert await desk.webhook_states(BAD) == ["waiting"]
        assert await desk.webhook_states(GOOD) == ["delivered"]
        assert desk.sending.failures == 0


async def test_receivers_on_this_machine_are_called_in_development_only(receiver: Receiver) -> None:
    async with open_desk(receiver, loopback=False) as desk:
        for name, url in (("one", desk.url), ("two", desk.url.replace("127.0.0.1", "localhost"))):
            await desk.give("acme", endpoint(url, name), "register")
        await desk.escalate()
        await desk.at_rest()
        assert await desk.webhook_states() == ["waiting", "waiting"]
        assert receiver.got == []


class Stage:
    """Makes one stage of the sending raise for the tenant BAD."""

    def __init__(self, raises: Callable[[str, tuple[Any, ...]], bool]) -> None:
        self._raises = raises
        self.raised = 0

    def around(self, runtime: ServiceRuntime) -> None:
        """Put it around what the sender works with."""
        around: Any = runtime
        around.log, around.reader = _Through(runtime.log, self), _Through(runtime.reader, self)

    def look(self, method: str, arguments: tuple[Any, ...]) -> None:
        """Raise where it is told to."""
        if self._raises(method, arguments):
            self.raised += 1
            raise ArithmeticError(f"planted in {method}")


class _Through:
    def __init__(self, inner: Any, stage: Stage) -> None:
        self._inner, self._stage = inner, stage

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in {"get", "list", "submit"}:
            return found

        async def call(*arguments: Any) -> Any:
            self._stage.look(name, arguments)
            return await found(*arguments)

        return call


def _submits(kind: type) -> Callable[[str, tuple[Any, ...]], bool]:
    return lambda method, given: (
        method == "submit" and isinstance(given[0].body, kind) and given[0].context.tenant == BAD
    )


class _Slow:
    """A reader that hands out a page of the work list only when a condition holds that came about since."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.holds: Callable[[], bool] = lambda: True
        self.read = Signal()
        self.pages = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def list(self, view: Any, *arguments: Any) -> Any:
        page = await self._inner.list(view, *arguments)
        if view is DELIVERIES and not self.holds():
            self.pages += 1
            self.read.notify()
            await until(self.holds, lambda: self._inner.list(view, *arguments))
        return page


async def test_what_ended_since_the_work_list_was_read_is_not_done_again(receiver: Receiver) -> None:
    """A page that is looked through may be older than the end of what it lists: one message went out twice."""
    slow: list[_Slow] = []

    def slowed(runtime: ServiceRuntime) -> None:
        around: Any = runtime
        around.reader = _Slow(runtime.reader)
        slow.append(around.reader)

    async with open_desk(receiver, around=slowed) as desk:
        await desk.give("acme", endpoint(f"{receiver.url}silent"), "register")
        await desk.escalate()
        await receiver.changed.until(lambda: receiver.silent == 1)
        slow[0].holds = lambda: not desk.sending._under_way
        await desk.escalate(number=2)
        await slow[0].read.until(lambda: slow[0].pages > 0)
        receiver.release()
        await desk.at_rest()
        assert receiver.silent == 2, "once for each of the two notices"


STAGES: dict[str, Callable[[str, tuple[Any, ...]], bool]] = {
    "finding the targets": lambda method, given: method == "list" and given[:2] == (ENDPOINTS, BAD),
    "recording the targets": _submits(DispatchNotice),
    "finding the endpoint": lambda method, given: method == "get" and given[:2] == (ENDPOINTS, BAD),
    "recording the attempt": _submits(RecordAttempt),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_notice_that_fails_at_a_stage_rests_and_the_others_go_on(
    stage: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: each stage raises for one tenant; readiness and the count say so, and nobody else notices."""
    monkeypatch.setattr(resting, "STUCK_FAILURES", 1)
    planted = Stage(STAGES[stage])
    async with open_desk(receiver, around=planted.around) as desk:
        for tenant in (BAD, GOOD):
            await desk.give("acme", endpoint(desk.url), "register", tenant)
        await desk.escalate(BAD)
        await until(lambda: planted.raised > 0, desk.log.head)
        await desk.escalate(GOOD)
        while await desk.webhook_states(GOOD) != ["delivered"]:
            await desk.log.head()
        await until(lambda: desk.sending.stuck > 0, desk.log.head)
        assert (desk.sending.active, desk.sending.failures) == (True, 0)
        troubles = {check.name: await check.trouble() for check in desk.sending.checks()}
        assert troubles["notifier.sending"] is None
        assert troubles["notifier.notices"] is not None


async def test_what_a_channel_raises_is_the_outcome_of_the_attempt(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = WebhookChannel.send

    async def raising(self: WebhookChannel, parcel: Any) -> Any:
        if parcel.tenant == BAD:
            raise UnicodeError("planted")
        return await send(self, parcel)

    monkeypatch.setattr(WebhookChannel, "send", raising)
    async with open_desk(receiver) as desk:
        for tenant in (BAD, GOOD):
            await desk.give("acme", endpoint(desk.url), "register", tenant)
            await desk.escalate(tenant)
        await desk.at_rest()
        assert (await desk.webhook_states(BAD), await desk.webhook_states(GOOD)) == (["waiting"], ["delivered"])
        assert (desk.sending.stuck, desk.sending.failures) == (0, 0)


async def test_a_document_of_the_work_list_that_cannot_be_read_is_passed_over(receiver: Receiver) -> None:
    async with open_desk(receiver) as desk:
        await desk.give("acme", endpoint(desk.url), "register")
        body, view = Document(tenant=BAD, key="x", body=b"{}", order="", labels=(PENDING,)), DELIVERIES.stored_name
        while True:
            position = await desk.log.get_position(view)
            if await desk.log.put_documents(view, [body], position, position):
                break
        await desk.escalate()
        await desk.at_rest()
        assert await desk.webhook_states() == ["delivered"]
        assert desk.sending.failures == 0


async def test_while_the_store_is_away_what_is_under_way_goes_on(receiver: Receiver) -> None:
    away = False

    class Away(Stage):
        def look(self, method: str, arguments: tuple[Any, ...]) -> None:
            if away and method == "list" and arguments[0] is DELIVERIES:
                self.raised += 1
                raise StoreUnavailable("planted")

    planted = Away(lambda method, arguments: False)
    async with open_desk(receiver, around=planted.around) as desk:
        await desk.give("acme", endpoint(f"{receiver.url}silent"), "register")
        await desk.escalate()
        await receiver.changed.until(lambda: receiver.silent == 1)
        away = True
        await until(lambda: planted.raised > 1, desk.log.head)
        away = False
        receiver.release()
        await desk.at_rest()
        assert await desk.webhook_states() == ["delivered"]
        assert receiver.silent == 1, "sent again after the store was away"


async def test_of_two_replicas_one_sends_and_the_other_takes_over(
    receiver: Receiver, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: without the lease each message is sent by both."""
    location = location_of("postgres", request)
    async with AsyncExitStack() as stack:
        dying = await stack.enter_async_context(AsyncExitStack())
        first = await dying.enter_async_context(open_desk(receiver, location, owner="a", lease_life_s=LEASE_LIFE_S))
        await until(lambda: first.sending.active, first.log.head)
        second = await stack.enter_async_context(open_desk(receiver, location, owner="b", lease_life_s=LEASE_LIFE_S))
        await first.give("acme", endpoint(first.url), "register")
        for number in range(1, 6):
            await first.escalate(number=number)
        await first.at_rest()
        while await second.webhook_states() != ["delivered"] * 5:
            await second.log.head()
        assert [first.sending.active, second.sending.active] == [True, False]
        # A replica that is killed gives nothing back.
        monkeypatch.setattr(first.log, "release_lease", _nothing)
        await dying.aclose()
        await second.escalate(number=6)
        await receiver.changed.until(lambda: len(receiver.got) >= 6)
        while await second.webhook_states() != ["delivered"] * 6:
            await second.log.head()
        ids = [headers["webhook-id"] for headers, _ in receiver.got]
        assert len(ids) == len(set(ids)) == 6


async def _nothing(lease: Lease) -> None:
    """What a dead process does about its lease."""


def _older(state: State, command: Command[Any], facts: Facts) -> Decision:
    """An older program takes any address in."""
    if not isinstance(command.body, EndpointRegistered):
        return NOTIFIER.decide(state, command, facts)
    at = command.context.received_at
    return Decision(events=(NewEvent(stream=command.stream, data=command.body, effective_at=at),))


OLDER = replace(NOTIFIER, decide=_older)


async def _registered_before(desk: Desk, tenant: str, url: str) -> None:
    """An endpoint as the log of an older program holds it."""
    await desk.give("acme", EndpointRegistered(endpoint="hook", organisation="acme", url=url), "older", tenant)
