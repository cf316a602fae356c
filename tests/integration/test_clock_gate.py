"""A process whose clock is wrong stamps, fires and decides nothing, over real HTTP and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.cli import clock as command
from services.hosting.embedded import EmbeddedLedger
from services.hosting.runtime import ServiceRuntime
from shared.bus.inprocess import InProcessBus
from shared.deadlines.model import DeadlineHeld
from shared.eventstore.log import open_log
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.kernel.errors import ClockUntrusted
from shared.kernel.instants import Instant, plus_seconds
from shared.part import Part
from shared.timekeeping.doubt import confirm
from shared.web.edge import Clocks
from tests.support.logs import in_schema
from tests.support.toy_ledger import COUNTER, TALLIES, StartTimer, toy_command, toy_envelope

TWO_WEEKS_S = 14 * 86_400.0
PART = Part(service=COUNTER, views=(TALLIES,), routes=())


class Machine(SystemMachineClock):
    """The clock of a machine that somebody can set."""

    set_by_s = 0.0

    def now(self) -> float:
        return super().now() + self.set_by_s


class Legal(SystemLegalClock):
    """Legal time by that clock."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def now(self) -> Instant:
        return plus_seconds(super().now(), self._machine.set_by_s)


def clocks(set_by_s: float = 0.0) -> Clocks:
    machine = Machine()
    machine.set_by_s = set_by_s
    return Clocks(legal=Legal(machine), machine=machine)


async def test_r_401_a_replica_whose_clock_runs_ahead_fires_nothing(fresh_schema: tuple[str, str]) -> None:
    location = in_schema(*fresh_schema)
    right, ahead = clocks(), clocks(TWO_WEEKS_S)
    log = await open_log(COUNTER, location, right.legal, right.machine)
    wrong_log = await open_log(COUNTER, location, ahead.legal, ahead.machine)
    await log.submit(toy_command("counter/c1", StartTimer(deadline_id="d1", spec="5d!"), "start", at=right.legal.now()))
    async with ServiceRuntime(PART, wrong_log, ahead, grace_s=0.0) as runtime:
        assert runtime.served().belief.trouble()
        (ticker,) = (loop for loop in runtime.loops if loop.name == "ticker counter")
        for _ in range(3):
            turned_at_s = ticker.turned_at_s
            while ticker.turned_at_s == turned_at_s:
                await wrong_log.head()
    async with ServiceRuntime(PART, log, right, grace_s=0.0) as runtime:
        assert runtime.served().belief.trouble() is None
    assert not [event for event in await log.read(0) if isinstance(event.data, DeadlineHeld)]
    for each in (log, wrong_log):
        await each.close()


async def test_r_401_a_jump_of_the_clock_fires_nothing_until_somebody_confirms_it(tmp_path: Path) -> None:
    given = clocks()
    machine = given.machine
    assert isinstance(machine, Machine)
    log = await open_log(COUNTER, f"sqlite:///{tmp_path}/counter.db", given.legal, machine)
    await log.submit(toy_command("counter/c1", StartTimer(deadline_id="d1", spec="5d!"), "start", at=given.legal.now()))
    async with ServiceRuntime(PART, log, given, grace_s=0.0) as runtime:
        (ticker,) = (loop for loop in runtime.loops if loop.name == "ticker counter")
        machine.set_by_s = TWO_WEEKS_S
        for _ in range(3):
            turned_at_s = ticker.turned_at_s
            while ticker.turned_at_s == turned_at_s:
                await log.head()
        assert await log.held_deadlines(1) == []
        while not await confirm(log, "qian", given.legal.now()):
            await log.head()
        while not await log.held_deadlines(1):
            await log.head()
    await log.close()


async def answered(session: aiohttp.ClientSession, ledger: EmbeddedLedger) -> tuple[int, dict[str, Any], str]:
    """How an act is answered: status, body and Retry-After."""
    token = ledger.token("zhang", "acme", "demo")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k", "Accept-Language": "en"}
    async with session.post("/contracts/HT-1/signatures", json={}, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers.get("Retry-After", "")


async def test_r_409_nobody_is_told_by_a_wrong_clock_that_his_token_has_expired(tmp_path: Path) -> None:
    machine = Machine()
    async with (
        EmbeddedLedger(tmp_path, legal=Legal(machine), machine=machine) as ledger,
        aiohttp.ClientSession(ledger.base_url) as session,
    ):
        headers = {"Authorization": f"Bearer {ledger.token('zhang', 'acme', 'demo')}"}
        async with session.get("/contracts", headers={"Authorization": "Bearer forged"}) as answer:
            assert answer.status == 401
        machine.set_by_s = TWO_WEEKS_S
        async with session.get("/contracts", headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (503, "CLOCK_UNTRUSTED")


async def test_r_409_no_message_is_taken_by_a_clock_in_doubt(tmp_path: Path) -> None:
    """Before, a reaction was stamped two weeks ahead, and all that was recorded later no earlier."""
    machine = Machine()
    bus = InProcessBus(machine)
    async with EmbeddedLedger(tmp_path, legal=Legal(machine), machine=machine, bus=lambda _: bus) as ledger:
        receivers = [log for _, log in bus._members.values()]
        assert len(receivers) == len(ledger.services)
        for set_by_s in (TWO_WEEKS_S, -TWO_WEEKS_S):
            machine.set_by_s = set_by_s
            for receiver in receivers:
                with pytest.raises(ClockUntrusted):
                    await receiver.receive(toy_envelope("a", 1, 1))
        machine.set_by_s = 0.0
        while any(service.belief.trouble() for service in ledger.services.values()):
            await ledger.heads()
        kinds = {(await receiver.receive(toy_envelope("a", 1, 1))).kind for receiver in receivers}
        assert kinds <= {"ignored", "parked"}


async def shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What the command shows; 1 tells that something is to be confirmed."""
    capsys.readouterr()
    code = await asyncio.to_thread(command.run, ["show", "--data", str(folder)])
    text = capsys.readouterr().out
    assert code == ("to be confirmed" in text)
    return text


async def ready(session: aiohttp.ClientSession) -> tuple[int, dict[str, Any]]:
    async with session.get("/readyz") as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("put_back", [False, True])
async def test_r_409_a_jump_of_the_clock_stops_acts_until_somebody_confirms_or_it_is_put_back(
    tmp_path: Path, put_back: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine()
    async with (
        EmbeddedLedger(tmp_path, legal=Legal(machine), machine=machine) as ledger,
        aiohttp.ClientSession(ledger.base_url) as session,
    ):
        assert (await answered(session, ledger))[0] != 503
        machine.set_by_s = TWO_WEEKS_S
        status, body, retry_after = await answered(session, ledger)
        assert (status, body["code"], body["rule"]) == (503, "CLOCK_UNTRUSTED", "R-409")
        assert retry_after
        status, body = await ready(session)
        assert status == 503 and "qizhang clock confirm" in body["data"]["contracts.clock"]
        while (await shown(tmp_path, capsys)).count("to be confirmed") < len(ledger.services):
            pass
        if put_back:
            machine.set_by_s = 0.0
        else:
            assert await asyncio.to_thread(command.run, ["confirm", "--data", str(tmp_path)]) == 2
            assert await asyncio.to_thread(command.run, ["confirm", "--data", str(tmp_path), "--by", "qian"]) == 0
        async with asyncio.timeout(60):
            while (await ready(session))[0] != 200:
                pass
        assert (await answered(session, ledger))[0] != 503
    assert ("put back" if put_back else "qian") in await shown(tmp_path, capsys)
