"""The HTTP edge with a log and views that a test scripts: real sockets, real tokens, no store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from msgspec import Raw, Struct

from shared.commands.command import Command
from shared.commands.decision import Outcome, Result
from shared.identity.issuer import DevelopmentIssuer
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from shared.kernel.errors import NotFound
from shared.kernel.ids import Identifier
from shared.kernel.loops import Loop
from shared.projections.view import View
from shared.web.app import create_app
from shared.web.edge import Clocks, ServedService
from shared.web.parameters import CURSOR
from shared.web.probes import Check
from shared.web.routes import CommandCall, CommandRoute, ReadCall, Reader, ReadRoute
from shared.web.sealing import KEY_BYTES, Sealer

SEALER = Sealer(bytes(range(KEY_BYTES)))
NOW = "2026-03-02T01:30:00.000Z"
MACHINE_NOW_S = 1_772_415_000.0


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a toy order."""

    name: str
    amount: Decimal


class PlaceOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of the toy command."""

    order: Identifier
    lines: list[Line]
    labels: dict[str, int] = {}
    note: str = ""
    attachment: Raw = msgspec.field(default_factory=Raw)


class OrderDocument(Struct, frozen=True, kw_only=True):
    """The toy view."""

    order: str
    version: int
    seen_by: str = ""


class OrderPage(Struct, frozen=True, kw_only=True):
    """A page of toy documents."""

    items: list[OrderDocument]
    next: str


ORDERS: View[OrderDocument] = View(
    name="orders", version=1, document=OrderDocument, keys=lambda event: (), apply=lambda document, key, event: document
)


def place_order(call: CommandCall, body: PlaceOrder) -> Command[Any]:
    """A command for the scope of the desk."""
    return Command(scope=f"desk/{call.path['desk']}", stream=f"order-{body.order}", context=call.context, body=body)


async def read_order(call: ReadCall, reader: Reader) -> OrderDocument:
    """The order, if it is there."""
    found = await reader.get(ORDERS, call.tenant, call.path["order"])
    if found is None:
        raise NotFound(field="order")
    return OrderDocument(order=found.order, version=found.version, seen_by=call.actor.subject)


async def list_orders(call: ReadCall, reader: Reader) -> OrderPage:
    """All orders."""
    items, following = await reader.list(ORDERS, call.tenant, "*", call.query.get("cursor"), 2)
    return OrderPage(items=items, next=following)


ROUTES = (
    CommandRoute(
        path="/desks/{desk}/orders",
        operation_id="placeOrder",
        body=PlaceOrder,
        to_command=place_order,
        summary_en="Place an order",
        summary_zh="下单",
        rules=("R-420",),
        tag="toy",
        location="/orders/{order}",
    ),
    ReadRoute(
        path="/orders/{order}",
        operation_id="getOrder",
        response=OrderDocument,
        read=read_order,
        summary_en="An order",
        summary_zh="订单",
        tag="toy",
        version_of=lambda document: document.version,
    ),
    ReadRoute(
        path="/orders",
        operation_id="listOrders",
        response=OrderPage,
        read=list_orders,
        summary_en="Orders",
        summary_zh="订单列表",
        query=CURSOR,
        tag="toy",
    ),
)


def done(command: Command[Any]) -> Result:
    """The result of a command that was recorded as the third event of its stream."""
    outcome = Outcome(data={"order": command.body.order})
    return Result(outcome=outcome, stream=command.stream, version=3, position=42, event_ids=("e-1", "e-2"))


@dataclass
class ScriptedLog:
    """Keeps what was submitted and answers as `decide` says, which may raise."""

    decide: Callable[[Command[Any]], Result] = done
    submitted: list[Command[Any]] = field(default_factory=list)

    async def submit(self, command: Command[Any]) -> Result:
        """As the port says, without a store."""
        self.submitted.append(command)
        return self.decide(command)

    async def head(self) -> int:
        """The store answers."""
        return len(self.submitted)


@dataclass
class ScriptedReader:
    """Documents by key, and whether a position is reached."""

    documents: dict[str, OrderDocument] = field(default_factory=dict)
    reached: bool = True
    asked: list[int] = field(default_factory=list)

    async def get(self, view: View[Any], tenant: str, key: str) -> Any:
        """The document of that key."""
        return self.documents.get(key)

    async def list(
        self, view: View[Any], tenant: str, label: str, cursor: str | None, limit: int
    ) -> tuple[list[Any], str]:
        """Pages of documents by key."""
        keys = sorted(key for key in self.documents if key > (cursor or ""))
        page = keys[:limit]
        return [self.documents[key] for key in page], page[-1] if page else cursor or "0"

    async def reach(self, position: int, timeout_s: float) -> bool:
        """As scripted."""
        self.asked.append(position)
        return self.reached


@dataclass
class Edge:
    """The running edge and what stands behind it."""

    client: TestClient[Any, Any]
    log: ScriptedLog
    reader: ScriptedReader
    legal: VirtualLegalClock
    machine: VirtualMachineClock
    issuer: DevelopmentIssuer
    served: ServedService

    def token(self, subject: str = "zhang", *, grants: tuple[str, ...] = ()) -> str:
        """A token of a person of acme in the tenant demo."""
        return self.issuer.token(
            subject=subject, organisation="acme", tenant="demo", now_s=self.machine.now(), grants=grants
        )

    def headers(self, key: str = "k-1", **others: str) -> dict[str, str]:
        """The headers of a good command; keyword arguments add others, with _ for -."""
        extra = {name.replace("_", "-"): value for name, value in others.items()}
        return {
            "Authorization": f"Bearer {self.token()}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
            **extra,
        }

    async def place(self, body: bytes | None = None, **headers: str) -> Any:
        """Post the toy command; its body may be any bytes."""
        return await self.client.post(
            "/desks/north/orders", data=GOOD_BODY if body is None else body, headers=self.headers(**headers)
        )

    async def read(self, path: str, **headers: str) -> Any:
        """Read a path with a good token."""
        return await self.client.get(path, headers=self.headers(**headers))


GOOD_BODY = b'{"order": "o-1", "lines": [{"name": "audit", "amount": "10.00"}]}'


@asynccontextmanager
async def running_edge(
    folder: Path,
    *,
    checks: Sequence[Check] = (),
    loops: Sequence[Loop] = (),
    operations: Sequence[web.AbstractRouteDef] = (),
    body_bytes_max: int = 4096,
) -> AsyncIterator[Edge]:
    """The edge with the toy routes on a free port."""
    log, reader = ScriptedLog(), ScriptedReader()
    legal, machine = VirtualLegalClock(NOW), VirtualMachineClock(MACHINE_NOW_S)
    issuer = DevelopmentIssuer(folder)
    served = ServedService(name="toy", routes=ROUTES, log=cast(Any, log), reader=reader, sealer=SEALER)
    app = create_app(
        [served],
        verifier=issuer.verifier(),
        clocks=Clocks(legal=legal, machine=machine),
        checks=checks,
        loops=loops,
        operations=operations,
        body_bytes_max=body_bytes_max,
    )
    async with TestClient(TestServer(app)) as client:
        yield Edge(client=client, log=log, reader=reader, legal=legal, machine=machine, issuer=issuer, served=served)
