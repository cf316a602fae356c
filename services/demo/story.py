"""One contract of the demo as it is told: acts, the passing of time, and checks, each followed by what it led to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

from services.demo import telling
from services.demo.checks import DONE, Checks, Expected
from services.demo.player import Answer, Player, moment_of

# Who reads for the story: he sees every contract of the tenant.
READER = "auditor"
FINANCE = "finance"


class Story:
    """Plays on `player`, writes lines with `write`, and checks with `checks`."""

    def __init__(self, contract: str, player: Player, checks: Checks, write: Callable[[str], None]) -> None:
        self.contract = contract
        self.player = player
        self.checks = checks
        self._write = write
        self._told: set[str] = set()
        self._keys = (f"{contract}-{number}" for number in itertools.count(1))

    def chapter(self, zh: str, en: str) -> None:
        """A heading."""
        self._write(f"\n═══ {self.contract}  {zh} / {en} " + "═" * 40)

    async def at(self, moment: str) -> None:
        """Let time pass to a moment in Beijing time, and tell what happened on the way."""
        await self.player.until(moment)
        self._write(telling.moment_line(self.player.world.now()))
        await self._news()

    async def act(self, who: str, zh: str, en: str, path: str, body: Any, *, expect: Expected = DONE) -> Answer:
        """An act on this contract; `path` is below it, or absolute.

        What was recorded as conditional is asked again under the same key for its final answer (R-401).
        """
        where = path if path.startswith("/") else f"/contracts/{self.contract}/{path}"
        key = next(self._keys)
        answer = await self.player.act(who, where, body, key)
        self._lines(telling.act_lines(who, zh, en, answer))
        if answer.kind == "conditional":
            answer = await self.player.act(who, where, body, key)
            self._lines(telling.answer_lines(answer))
        self.checks.outcome(f"{who}: {en}", expect, answer)
        await self._news()
        return answer

    async def read(self, path: str = "") -> Any:
        """A view of this contract."""
        return await self.player.read(READER, f"/contracts/{self.contract}{path}")

    async def item(self, name: str) -> dict[str, Any]:
        """An acceptance item."""
        found: dict[str, Any] = await self.read(f"/items/{name}")
        return found

    async def deadline(self, kind: str, about: str) -> dict[str, Any] | None:
        """The open deadline of a kind about an item, milestone, change or risk."""
        items = (await self.read("/deadlines"))["items"]
        return next(
            (found for found in items if found["kind"] == kind and about in (found["item"], found["subject"])), None
        )

    async def requests(self) -> list[dict[str, Any]]:
        """The invoice requests of this contract, as finance reads them."""
        entries = await self.player.read_all(FINANCE, "/invoice-requests")
        requests = (entry["requested"] for entry in entries if entry["kind"] == "requested")
        return [request for request in requests if request["contract"] == self.contract]

    # ---- checks ----

    async def check_due(self, what: str, kind: str, about: str, due: str) -> None:
        """An open deadline ends at a moment in Beijing time; `due` is empty when none may be open."""
        found = await self.deadline(kind, about)
        self.checks.equal(what, due, moment_of(found["due_at"]) if found else "")

    async def check_counted(self, what: str, kind: str, about: str, days: str) -> None:
        """The counted days of an open deadline, as `10-09 10-10`."""
        found = await self.deadline(kind, about)
        steps = found["derivation"]["steps"] if found else []
        self.checks.equal(what, days, " ".join(step["date"][5:] for step in steps if step["counted"]))

    async def check_item(self, what: str, name: str, state: str, *, basis: str = "", effective: str = "") -> None:
        """The state of an item, and for a terminal one its basis and when it took effect in Beijing."""
        found = await self.item(name)
        since = moment_of(found["effective_at"]) if found["effective_at"] else ""
        self.checks.equal(what, (state, basis, effective), (found["state"], found["basis"], since))

    async def check_requests(self, what: str, *expected: tuple[str, str]) -> None:
        """The lines requested so far with their amounts, in order."""
        found = tuple((request["line"], request["amount"]) for request in await self.requests())
        self.checks.equal(what, expected, found)

    # ---- telling ----

    async def _news(self) -> None:
        if not await self._exists():
            return
        for entry in await self.player.read_all(READER, f"/contracts/{self.contract}/timeline"):
            await self._entry(entry)
        for deadline in (await self.read("/deadlines"))["items"]:
            self._once(f"{deadline['deadline']} {deadline['due_at']}", telling.deadline_lines(deadline))
        for request in await self.requests():
            self._once(f"{request['request_id']} request", telling.invoice_lines(request))

    async def _entry(self, entry: dict[str, Any]) -> None:
        if entry["event_id"] in self._told:
            return
        self._once(entry["event_id"], telling.entry_lines(entry))
        if entry["type"] == telling.ACCEPTED:
            self._lines(telling.acceptance_lines(await self.item(entry["item"])))

    async def _exists(self) -> bool:
        try:
            await self.read()
        except LookupError:
            return False
        return True

    def _once(self, key: str, lines: Iterable[str]) -> None:
        if key not in self._told:
            self._told.add(key)
            self._lines(lines)

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._write(line)
