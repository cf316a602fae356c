"""The hands of the demo: acts over HTTP with the token of a person, and moves legal time; nothing else.

In: who, path, body, or a moment in Beijing time. Out: what the ledger answered. After every act and every move the
world is left to settle, so that what is read next is what follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

import aiohttp
import msgspec
from msgspec import Struct

from services.cli.run import PEOPLE, TENANT, Person
from services.demo.world import World
from shared.kernel.instants import BEIJING, Instant, beijing_text, to_instant

PAGES_MAX = 100
# So often the clock may stop on its way to one moment.
STOPS_MAX = 10_000
# So often an act is sent before its answer is taken for the last word; the world comes to rest in between.
TRIES_MAX = 5

Kind = Literal["done", "unchanged", "conditional", "without_effect", "refused"]


class Answer(Struct, frozen=True, kw_only=True):
    """What the ledger answered to an act: how it ended, by which rule, and the whole body."""

    status: int
    kind: Kind
    rule: str
    code: str
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The ids, hashes and versions that the act made."""
        found: dict[str, Any] = self.body.get("data", {})
        return found


class Player:
    """Acts for `people` of one tenant in a world."""

    def __init__(
        self,
        world: World,
        session: aiohttp.ClientSession,
        *,
        people: Iterable[Person] = PEOPLE,
        tenant: str = TENANT,
    ) -> None:
        self.world = world
        self._session = session
        self._people = {person.subject: person for person in people}
        self._tenant = tenant

    async def until(self, moment: str) -> None:
        """Let time pass to a moment in Beijing, such as `2025-10-09 15:00`, and stop whenever something comes due."""
        target = instant_of(moment)
        due = await self.settle()
        for _ in range(STOPS_MAX):
            stop = target if due is None else min(due, target)
            self.world.set(stop)
            due = await self.settle()
            if stop == target:
                return
        raise OverflowError(f"more than {STOPS_MAX} stops on the way to {moment}")

    def jump(self, moment: str) -> None:
        """Move to a moment in Beijing at once; what comes due on the way is late."""
        self.world.set(instant_of(moment))

    async def settle(self) -> Instant | None:
        """Leave the world to itself until everything has followed; returns when something comes due next."""
        return await self.world.settle()

    async def act(self, who: str, path: str, body: Any, key: str) -> Answer:
        """A command by a person under an idempotency key (R-420), and everything that follows from it.

        What could not be taken yet is sent again, as a person would: on several processes news takes its time.
        """
        for _ in range(TRIES_MAX):
            answer = await self.send(who, path, body, key)
            await self.settle()
            if answer.status != HTTPStatus.SERVICE_UNAVAILABLE:
                break
        return answer

    async def send(self, who: str, path: str, body: Any, key: str, headers: Mapping[str, str] | None = None) -> Answer:
        """A command without waiting for what follows."""
        sent = {**self.authorization(who), "Idempotency-Key": key, **(headers or {})}
        async with self._session.post(self.world.address(path), headers=sent, json=body) as response:
            return answer_of(response.status, await response.json())

    async def read(self, who: str, path: str) -> Any:
        """A view as a person sees it; raises LookupError for what is not there for him."""
        async with self._session.get(self.world.address(path), headers=self.authorization(who)) as response:
            body = await response.json()
            if response.status != 200:
                raise LookupError(f"GET {path}: {response.status} {body.get('code')}")
            return body

    async def read_all(self, who: str, path: str) -> list[dict[str, Any]]:
        """The items of all pages of a list, up to the page that has none, or no cursor to go on with."""
        items: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            page = await self.read(who, f"{path}?cursor={cursor}" if cursor else path)
            items += page["items"]
            cursor = page["next"]
            if cursor is None or not page["items"]:
                return items
        raise OverflowError(f"more than {PAGES_MAX} pages: {path}")

    def authorization(self, who: str) -> dict[str, str]:
        """The header by which the ledger knows a person."""
        person = self._people[who]
        return {"Authorization": f"Bearer {self.world.token(person, person.tenant or self._tenant)}"}


def answer_of(status: int, body: dict[str, Any]) -> Answer:
    """The answer behind a response; a problem that names events is a communication without effect (R-426)."""
    kind = body.get("outcome") or ("without_effect" if body.get("events") else "refused")
    return Answer(
        status=status,
        kind=msgspec.convert(kind, Kind),
        rule=body.get("rule", ""),
        code=body.get("code", ""),
        body=body,
    )


def instant_of(moment: str) -> Instant:
    """`2025-10-09 15:00` in Beijing as an instant."""
    return to_instant(datetime.fromisoformat(moment).replace(tzinfo=BEIJING))


def moment_of(instant: Instant) -> str:
    """An instant as a moment in Beijing; to the minute where that is exact."""
    return beijing_text(instant)[:23].replace("T", " ").removesuffix(":00.000")
