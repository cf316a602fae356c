"""Probes: alive while the loop turns; ready only when every check holds, and otherwise saying why in both languages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from shared.kernel.clock import VirtualMachineClock
from shared.kernel.errors import StoreUnavailable
from shared.kernel.loops import PAUSE_MAX_S, Loop
from shared.web import probes
from shared.web.probes import STUCK_S, Check, Trouble, clock_check, feeds_check, lag_check, note, store_check
from tests.support.edge import MACHINE_NOW_S, ScriptedLog, running_edge


async def readiness(folder: Path, *checks: Check) -> tuple[int, dict[str, Any]]:
    """Status and body of /readyz; /livez is content whatever the checks say."""
    async with running_edge(folder, checks=checks) as edge:
        alive = await edge.client.get("/livez")
        assert (alive.status, await alive.json()) == (200, {"status": "live"})
        response = await edge.client.get("/readyz")
        return response.status, await response.json()


async def test_ready_when_every_check_holds(tmp_path: Path) -> None:
    log = cast(Any, ScriptedLog())
    status, body = await readiness(tmp_path, store_check("contracts", log), lag_check("contracts", lag_of(3)))
    assert (status, body) == (200, {"status": "ready", "checks": ["contracts.store", "contracts.views", "event_loop"]})


def lag_of(events: int) -> Any:
    """A source of lag."""

    async def lag() -> int:
        return events

    return lag


async def test_what_concerns_one_element_is_noted_and_the_process_goes_on_serving(tmp_path: Path) -> None:
    about = note("contracts.deadlines", lambda: Trouble("两项期限", "two deadlines"))
    status, body = await readiness(tmp_path, about, note("contracts.views_broken", lambda: None))
    assert (status, body["status"], body["notes"]) == (
        200,
        "ready",
        {"contracts.deadlines": "两项期限 / two deadlines"},
    )


async def test_a_store_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    class Unreachable:
        async def head(self) -> int:
            raise StoreUnavailable("host db refused the connection")

    status, body = await readiness(tmp_path, store_check("contracts", cast(Any, Unreachable())))
    assert (status, body["code"]) == (503, "NOT_READY")
    assert body["data"] == {"contracts.store": "无法连接或无响应 / no answer: StoreUnavailable"}


async def test_views_that_lag_are_named(tmp_path: Path) -> None:
    status, body = await readiness(tmp_path, lag_check("contracts", lag_of(20_000)))
    assert status == 503
    assert body["data"]["contracts.views"] == "视图落后 20000 个事件 / the views are 20000 events behind"


async def test_feeds_that_lag_are_named(tmp_path: Path) -> None:
    checks = feeds_check("contracts", lag_of(20_000)), feeds_check("acceptance", lag_of(10_000))
    status, body = await readiness(tmp_path, *checks)
    assert status == 503
    assert body["data"] == {"contracts.feeds": "尚有 20000 条消息未接收 / 20000 messages are not received"}


class Hanging(Loop):
    """A loop whose second round never ends."""

    async def step(self) -> None:
        if self.machine.now() > MACHINE_NOW_S:
            await asyncio.get_running_loop().create_future()
        await self.machine.sleep(1)


async def test_a_loop_that_hangs_is_not_alive_and_one_that_fails_is(tmp_path: Path) -> None:
    machine = VirtualMachineClock(MACHINE_NOW_S)
    hanging, failing = Hanging("relay of contracts", machine), Failing("ticker", machine)
    async with hanging, failing, running_edge(tmp_path, loops=[hanging, failing]) as edge:
        while not (failing.failures and machine.waiting == 2):
            assert (await edge.client.get("/livez")).status == 200
        for _ in range(int(STUCK_S / PAUSE_MAX_S) + 2):
            rounds = failing.failures
            machine.advance(PAUSE_MAX_S)
            while failing.failures == rounds:
                await edge.client.get("/livez")
        answer = await edge.client.get("/livez")
        assert (answer.status, list((await answer.json())["data"])) == (503, ["relay of contracts"])


class Failing(Loop):
    """A loop whose every round fails."""

    async def step(self) -> None:
        raise ArithmeticError("stumbled")


async def test_a_clock_that_is_not_believed_is_not_ready(tmp_path: Path) -> None:
    class Doubt:
        def trouble(self) -> Trouble | None:
            return Trouble("时钟不准", "the clock is wrong")

    status, body = await readiness(tmp_path, clock_check("contracts", Doubt()))
    assert (status, body["data"]) == (503, {"contracts.clock": "时钟不准 / the clock is wrong"})


async def test_a_check_that_hangs_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(probes, "CHECK_TIMEOUT_S", 0.01)
    status, body = await readiness(tmp_path, Check(name="broker", trouble=hang))
    assert (status, body["data"]["broker"]) == (503, "无法连接或无响应 / no answer: TimeoutError")
