"""What a running service promises of its grace and of its readiness."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.hosting.embedded import EmbeddedLedger
from services.hosting.legal_time import LegalTimeConfig
from services.hosting.runtime import GRACE_S, ServiceRuntime
from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.commands.legal_time import REQUEST_LIFE_MAX_S
from shared.commands.service import Facts
from shared.deadlines.ticker import Ticker
from shared.eventstore.log import open_log
from shared.kernel.clock import VirtualLegalClock
from shared.messages.events import Recorded
from shared.part import Part
from shared.timekeeping.watch import CLOCK_BOUND_S
from shared.web.edge import Clocks
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, START, TALLIES, Add, StartTimer, StopTimer, Tally, toy_command


def test_r_401_the_grace_outlasts_a_request_between_two_clocks_that_are_as_far_apart_as_allowed() -> None:
    """Stamped in time by a clock that is behind, decided at the end of its life; fired by a clock that is ahead."""
    due_at_s = 0.0
    decided_at_the_latest_s = due_at_s + CLOCK_BOUND_S + REQUEST_LIFE_MAX_S
    fires_at_the_earliest_s = due_at_s - CLOCK_BOUND_S + GRACE_S
    assert fires_at_the_earliest_s >= decided_at_the_latest_s
    assert LegalTimeConfig().grace_s == GRACE_S
    assert EmbeddedLedger.__init__.__kwdefaults__["grace_s"] == GRACE_S


async def noted(runtime: ServiceRuntime) -> dict[str, str]:
    """What readiness says, vital or not."""
    return {check.name: trouble.en for check in runtime.checks() if (trouble := await check.trouble())}


async def test_what_concerns_single_elements_stands_under_the_notes_of_readiness(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    legal, machine = VirtualLegalClock(START), ImpatientClock()
    log = await open_log(COUNTER, "memory:", legal, machine)

    def fails(document: Tally | None, key: str, recorded: Recorded) -> Tally | None:
        raise ArithmeticError("a defect of the view")

    part = Part(service=COUNTER, views=(replace(TALLIES, apply=fails),), routes=())
    runtime = ServiceRuntime(part, log, Clocks(legal=legal, machine=machine), grace_s=0.0)
    assert await noted(runtime) == {}
    await log.submit(toy_command("counter/c1", Add(amount=1), "a"))
    await log.submit(toy_command("counter/c1", StartTimer(deadline_id="d1", spec="1d!"), "b"))
    await runtime.projections.catch_up()
    (ticker,) = (loop for loop in runtime.loops if isinstance(loop, Ticker))
    legal.advance(3 * 86_400)
    decide = COUNTER.decide

    def defect(state: Any, command: Command[Any], facts: Facts) -> Decision:
        if isinstance(command.body, Add):
            return decide(state, command, facts)
        raise LookupError("a defect of the decider")

    monkeypatch.setitem(COUNTER.__dict__, "decide", defect)
    for _ in range(2):
        await ticker.tick(legal.now())
    with pytest.raises(LookupError):
        await log.submit(toy_command("counter/c2", StopTimer(deadline_id="d2"), "c"))
    assert await noted(runtime) == {
        "counter.deadlines": "1 due deadlines cannot be carried out",
        "counter.documents": "2 documents are broken: mend, then rebuild",
        "counter.held": "what could not be recorded holds the deadlines of 1 scopes (qizhang bus parked)",
    }
    assert not [check.name for check in runtime.checks() if check.vital and await check.trouble()]
    await log.close()
