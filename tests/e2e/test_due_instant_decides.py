"""R-401 over HTTP, in its shapes: the due instant decides, whatever was down, slow or behind when it came."""

from __future__ import annotations

import asyncio
from typing import Any

from services.demo.alibaba_1 import ITEM
from services.demo.player import Player, instant_of
from shared.commands.command import Command
from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.kernel.clock import VirtualMachineClock
from tests.e2e.conftest import GRACE_S, Gated
from tests.e2e.world import (
    CONTRACT,
    DUE,
    ITEM_PATH,
    LATER_NOTICE,
    NOTICE,
    act,
    eventually,
    held,
    item,
    requested_lines,
    services_of,
    settle_slowly,
    under_review,
)

DISCREPANCIES = f"{ITEM_PATH}/discrepancies"


async def test_r_401_a_late_notice_while_the_ticker_is_stopped(patient: Player, machine: VirtualMachineClock) -> None:
    await under_review(patient)
    patient.jump("2025-10-15 00:01")
    first = await patient.send("li", DISCREPANCIES, NOTICE, "late")
    assert (first.status, first.kind, first.rule) == (202, "conditional", "R-401")
    assert (await item(patient))["state"] == "under_review"

    await settle_slowly(patient, machine, GRACE_S)
    found = await item(patient)
    assert (found["state"], found["basis"], found["effective_at"]) == ("accepted", "silence", instant_of(DUE))
    final = await patient.send("li", DISCREPANCIES, NOTICE, "late")
    assert (final.status, final.kind, final.rule) == (409, "without_effect", "R-401")
    assert await requested_lines(patient) == ["advance", "rest"]


async def test_r_401_a_notice_in_time_counts_though_the_ticker_wakes_much_later(
    patient: Player, machine: VirtualMachineClock
) -> None:
    await under_review(patient)
    patient.jump("2025-10-14 23:59")
    notice = await patient.send("li", DISCREPANCIES, NOTICE, "in-time")
    assert notice.kind == "done"
    patient.jump("2025-10-20 09:00")
    await settle_slowly(patient, machine, GRACE_S)
    assert (await item(patient))["state"] == "discrepancy_open"
    assert await requested_lines(patient) == ["advance"]


async def test_r_401_late_while_the_deadline_is_held_by_an_earlier_act_that_is_not_decided_yet(gated: Gated) -> None:
    player = gated.player
    await under_review(player)
    gated.gate.clear()
    player.jump("2025-10-14 23:50")
    await _appoint(player, "zhou")
    player.jump("2025-10-14 23:55")
    early = await player.send("zhou", DISCREPANCIES, NOTICE, "early")
    assert (early.status, early.rule) == (202, "R-427")

    player.jump("2025-10-15 00:05")
    await eventually(lambda: held(player))
    late = await player.send("zhang", DISCREPANCIES, LATER_NOTICE, "late")
    assert (late.status, late.rule) == (202, "R-401")
    assert (await item(player))["state"] == "under_review"

    gated.gate.set()
    await player.settle()
    assert (await item(player))["state"] == "discrepancy_open"
    assert (await player.send("zhou", DISCREPANCIES, NOTICE, "early")).kind == "done"
    final = await player.send("zhang", DISCREPANCIES, LATER_NOTICE, "late")
    assert (final.kind, final.rule) == ("without_effect", "R-171")
    assert [found["finding"] for found in (await item(player))["discrepancies"]] == ["缺少命名规则"]


async def _appoint(player: Player, subject: str) -> None:
    """The customer's project manager names another acceptor, effective when recorded (R-072)."""
    appointed = {"role": "acceptor", "side": "customer", "subject": subject}
    answer = await player.send("zhang", f"/contracts/{CONTRACT}/roles", appointed, f"appoint-{subject}")
    assert answer.kind == "done", answer.body


async def test_r_401_the_acceptor_was_appointed_minutes_before_his_notice(gated: Gated) -> None:
    player = gated.player
    await under_review(player)
    gated.gate.clear()
    player.jump("2025-10-14 23:50")
    await _appoint(player, "zhou")
    player.jump("2025-10-14 23:58")
    assert (await player.send("zhou", DISCREPANCIES, NOTICE, "first-act")).status == 202
    player.jump("2025-10-15 00:30")
    await eventually(lambda: held(player))
    gated.gate.set()
    await player.settle()
    assert (await item(player))["state"] == "discrepancy_open"
    assert (await player.send("zhou", DISCREPANCIES, NOTICE, "first-act")).kind == "done"
    assert await requested_lines(player) == ["advance"]


async def test_r_401_contracts_extension_is_still_on_its_way(gated: Gated) -> None:
    player = gated.player
    await under_review(player)
    gated.gate.clear()
    player.jump("2025-10-14 22:00")
    await _extend(player, days=2)
    player.jump("2025-10-15 00:10")
    await eventually(lambda: held(player))
    notice = await player.send("li", DISCREPANCIES, NOTICE, "after-the-old-end")
    assert (notice.status, notice.rule) == (202, "R-401")

    gated.gate.set()
    await player.settle()
    assert (await item(player))["state"] == "discrepancy_open"
    assert (await player.send("li", DISCREPANCIES, NOTICE, "after-the-old-end")).kind == "done"


async def _extend(player: Player, days: int) -> None:
    """Both project managers extend the running review (R-114)."""
    body = {"extension": "E-1", "cause": "机房停电", "cause_side": "customer", "days": days, "items": [ITEM]}
    proposed = await player.send("wang", f"/contracts/{CONTRACT}/extensions", body, "extend")
    signature = {name: proposed.data[name] for name in ("content_sha256", "content_version")}
    agreed = await player.send("zhang", f"/contracts/{CONTRACT}/extensions/E-1/agreement", signature, "agree")
    assert agreed.kind == "done", agreed.body


class Queue:
    """Keeps commands of a service between their receipt and the writer, as a busy process would."""

    def __init__(self, log: Any) -> None:
        self._submit = log.submit
        self.release = asyncio.Event()
        self.arrived = asyncio.Event()
        log.submit = self._wait

    async def _wait(self, command: Command[Any]) -> Any:
        if command.context.key == "queued":
            self.arrived.set()
            await self.release.wait()
        return await self._submit(command)


async def test_r_401_in_time_but_still_queued_when_the_ticker_wakes(
    patient: Player, machine: VirtualMachineClock
) -> None:
    await under_review(patient)
    queue = Queue(services_of(patient)["acceptance"].log)
    patient.jump("2025-10-14 23:59")
    async with asyncio.TaskGroup() as tasks:
        notice = tasks.create_task(patient.send("li", DISCREPANCIES, NOTICE, "queued"))
        await queue.arrived.wait()
        patient.jump("2025-10-15 00:01")
        machine.advance(REQUEST_LIFE_MAX_S - 1)
        assert (await item(patient))["state"] == "under_review"
        queue.release.set()
    assert notice.result().kind == "done"
    await settle_slowly(patient, machine, GRACE_S)
    assert (await item(patient))["state"] == "discrepancy_open"


async def test_r_401_a_request_that_waited_too_long_was_not_received(
    patient: Player, machine: VirtualMachineClock
) -> None:
    """It is answered "unavailable" and leaves nothing; sent again, it is a late notice under the same key."""
    await under_review(patient)
    queue = Queue(services_of(patient)["acceptance"].log)
    patient.jump("2025-10-14 23:59")
    async with asyncio.TaskGroup() as tasks:
        notice = tasks.create_task(patient.send("li", DISCREPANCIES, NOTICE, "queued"))
        await queue.arrived.wait()
        patient.jump("2025-10-15 00:01")
        await settle_slowly(patient, machine, GRACE_S)
        queue.release.set()
    assert notice.result().status == 503
    assert (await item(patient))["state"] == "accepted"
    again = await patient.send("li", DISCREPANCIES, NOTICE, "queued")
    assert (again.kind, again.rule) == ("without_effect", "R-401")


async def test_r_401_an_act_of_somebody_without_a_role_is_decided_without_effect(player: Player) -> None:
    await under_review(player)
    body = {"form": "written", "content_sha256": (await item(player))["content_sha256"]}
    first = await player.act("zhou", f"{ITEM_PATH}/acceptances", body, "no-role")
    final = await player.act("zhou", f"{ITEM_PATH}/acceptances", body, "no-role")
    assert (first.status, final.kind, final.rule) == (202, "without_effect", "R-426")


async def test_r_186_any_feedback_of_the_customer_stops_the_silence_of_alibaba_1(player: Player) -> None:
    await under_review(player)
    reply = {"kind": "reply", "channel": "email", "content_sha256": "b" * 64}
    await act(player, "zhou", f"{ITEM_PATH}/communications", reply)
    await player.until("2025-11-30 10:00")
    found = await item(player)
    assert (found["state"], found["deadlines"]) == ("under_review", [])
    assert await requested_lines(player) == ["advance"]
