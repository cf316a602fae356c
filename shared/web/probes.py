"""Probes: `/livez` says that the event loop turns, `/readyz` that a request would be served well.

What readiness means is handed in as checks: the store, the clock's distance from the database's, the lag of views.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from msgspec import Struct

from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.kernel.errors import LedgerError
from shared.kernel.loops import Loop
from shared.web.answers import json_answer
from shared.web.errors import NotReady
from shared.web.middlewares import PUBLIC

CHECK_TIMEOUT_S: Final = 2.0
CLOCK_BOUND_S: Final = 1.0
LAG_EVENTS_MAX: Final = 10_000
# A loop pauses between its failures up to ten seconds, so this is about a quarter of a minute of trouble.
LOOP_FAILURES_MAX: Final = 5


class Health(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer of a probe that is content."""

    status: str
    checks: tuple[str, ...] = ()


class Trouble(Struct, frozen=True):
    """Why a check is not content, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """One condition of readiness; `trouble` answers None when it holds."""

    name: str
    trouble: Callable[[], Awaitable[Trouble | None]]


def store_check(service: str, log: EventLog[Any]) -> Check:
    """The store of `service` answers."""

    async def trouble() -> Trouble | None:
        await log.head()
        return None

    return Check(name=f"{service}.store", trouble=trouble)


def clock_check(service: str, store_now_s: Callable[[], Awaitable[float]], machine: MachineClock) -> Check:
    """The clock of this machine is within CLOCK_BOUND_S of the store's: receipt is stamped by it (R-409)."""

    async def trouble() -> Trouble | None:
        before_s = machine.now()
        database_s = await store_now_s()
        after_s = machine.now()
        # The database answered somewhere between the two readings.
        apart_s = max(before_s - database_s, database_s - after_s, 0.0)
        if apart_s <= CLOCK_BOUND_S:
            return None
        return Trouble(
            f"本机时钟与数据库相差 {apart_s:.1f} 秒", f"the clock is {apart_s:.1f} s away from the database's"
        )

    return Check(name=f"{service}.clock", trouble=trouble)


def lag_check(service: str, lag_events: Callable[[], Awaitable[int]], limit: int = LAG_EVENTS_MAX) -> Check:
    """The views of `service` are at most `limit` events behind its log."""

    async def trouble() -> Trouble | None:
        lag = await lag_events()
        return None if lag <= limit else Trouble(f"视图落后 {lag} 个事件", f"the views are {lag} events behind")

    return Check(name=f"{service}.views", trouble=trouble)


def loop_check(name: str, loop: Loop, limit: int = LOOP_FAILURES_MAX) -> Check:
    """A background loop, for example the relay to the broker, has not failed more than `limit` times in a row."""

    async def trouble() -> Trouble | None:
        if loop.failures <= limit:
            return None
        return Trouble(f"连续失败 {loop.failures} 次", f"failed {loop.failures} times in a row")

    return Check(name=name, trouble=trouble)


def probe_routes(checks: Sequence[Check]) -> list[web.AbstractRouteDef]:
    """The two probes; public, and outside of the API's document."""

    async def live(request: web.Request) -> web.StreamResponse:
        return json_answer(Health(status="live"))

    async def ready(request: web.Request) -> web.StreamResponse:
        troubles = zip(checks, await asyncio.gather(*map(_run, checks)), strict=True)
        found = {check.name: f"{trouble.zh} / {trouble.en}" for check, trouble in troubles if trouble}
        if found:
            raise NotReady("; ".join(found), **found)
        return json_answer(Health(status="ready", checks=tuple(check.name for check in checks)))

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
