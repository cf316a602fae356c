"""Probes: `/livez` says that the loops of the process turn, `/readyz` that a request would be served well.

Not being alive means that only a new process can help: a loop that fails and tries again is alive, one that hangs is
not.

What readiness means is handed in as checks: the store, the clock's distance from the database's, the lag of views.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from shared.eventstore.port import EventLog
from shared.kernel.clock import ClockBelief
from shared.kernel.errors import LedgerError
from shared.kernel.errors import Trouble as Trouble
from shared.kernel.loops import Loop
from shared.web.answers import json_answer
from shared.web.errors import NotAlive, NotReady
from shared.web.middlewares import PUBLIC

CHECK_TIMEOUT_S: Final = 2.0
LAG_EVENTS_MAX: Final = 10_000
# A loop pauses between its failures up to ten seconds, so this is about a quarter of a minute of trouble.
LOOP_FAILURES_MAX: Final = 5


# No round of a loop lasts as long by itself: waits are cut into pieces of seconds, calls have timeouts below it.
STUCK_S: Final = 120.0


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer of a probe that is content. `notes` by check: what people have to look at, though it serves."""

    status: str
    checks: tuple[str, ...] = ()
    notes: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One condition of readiness; `trouble` answers None when it holds.

    Not `vital`: its trouble is noted, and requests are served all the same. What one element is in for (a deadline, a
    document, a message) must not take the whole process out of service.
    """

    name: str
    trouble: Callable[[], Awaitable[Trouble | None]]
    vital: bool = True


def store_check(service: str, log: EventLog[Any]) -> Check:
    """The store of `service` answers."""

    async def trouble() -> Trouble | None:
        await log.head()
        return None

    return Check(name=f"{service}.store", trouble=trouble)


def clock_check(service: str, belief: ClockBelief) -> Check:
    """The clock of this machine is believed: receipt is stamped by it (R-409)."""

    async def trouble() -> Trouble | None:
        return belief.trouble()

    return Check(name=f"{service}.clock", trouble=trouble)


def lag_check(service: str, lag_events: Callable[[], Awaitable[int]], limit: int = LAG_EVENTS_MAX) -> Check:
    """The views of `service` are at most `limit` events behind its log."""

    async def trouble() -> Trouble | None:
        lag = await lag_events()
        return None if lag <= limit else Trouble(f"视图落后 {lag} 个事件", f"the views are {lag} events behind")

    return Check(name=f"{service}.views", trouble=trouble)


def feeds_check(service: str, records_behind: Callable[[], Awaitable[int]], limit: int = LAG_EVENTS_MAX) -> Check:
    """What other services have said and `service` has not received yet is at most `limit` records."""

    async def trouble() -> Trouble | None:
        behind = await records_behind()
        return (
            None if behind <= limit else Trouble(f"尚有 {behind} 条消息未接收", f"{behind} messages are not received")
        )

    return Check(name=f"{service}.feeds", trouble=trouble)


def note(name: str, trouble: Callable[[], Trouble | None]) -> Check:
    """Something that people have to look at, which keeps nobody from being served."""

    async def found() -> Trouble | None:
        return trouble()

    return Check(name=name, trouble=found, vital=False)


def loop_check(name: str, loop: Loop, limit: int = LOOP_FAILURES_MAX) -> Check:
    """A background loop, for example the relay to the broker, has not failed more than `limit` times in a row."""

    async def trouble() -> Trouble | None:
        if loop.failures <= limit:
            return None
        return Trouble(f"连续失败 {loop.failures} 次", f"failed {loop.failures} times in a row")

    return Check(name=name, trouble=trouble)


def stuck(loops: Iterable[Loop]) -> dict[str, str]:
    """The loops that hang, each with what is said about it in both languages."""
    found = {loop.name: loop.machine.elapsed() - loop.turned_at_s for loop in loops}
    return {
        name: f"{age_s:.0f} 秒未转动 / has not turned for {age_s:.0f} s"
        for name, age_s in found.items()
        if age_s > STUCK_S
    }


def probe_routes(checks: Sequence[Check], loops: Sequence[Loop] = ()) -> list[web.AbstractRouteDef]:
    """The two probes; public, and outside of the API's document."""

    async def live(request: web.Request) -> web.StreamResponse:
        if hanging := stuck(loops):
            raise NotAlive("; ".join(hanging), **hanging)
        return json_answer(Health(status="live"))

    async def ready(request: web.Request) -> web.StreamResponse:
        troubles = zip(checks, await asyncio.gather(*map(_run, checks)), strict=True)
        found = [(check, f"{trouble.zh} / {trouble.en}") for check, trouble in troubles if trouble]
        notes = {check.name: text for check, text in found}
        if any(check.vital for check, _ in found):
            raise NotReady("; ".join(notes), **notes)
        return json_answer(Health(status="ready", checks=tuple(check.name for check in checks), notes=notes))

    return [
        web.get("/livez", live, name=f"{PUBLIC}livez"),
        web.get("/readyz", ready, name=f"{PUBLIC}readyz"),
    ]


async def _run(check: Check) -> Trouble | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check.trouble()
    except (LedgerError, OSError, TimeoutError) as error:
        return Trouble("无法连接或无响应", f"no answer: {type(error).__name__}")
