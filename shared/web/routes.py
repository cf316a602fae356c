"""Routes as values: what a service's `api.py` declares, and what the web layer needs to serve and to document it.

A command route turns a decoded body into a `Command` by a pure function; authentication, stamps of receipt,
idempotency, `If-Match` and the answer are the web layer's. A read route answers from views only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct

from shared.commands.command import Command, Context
from shared.commands.decision import Result
from shared.kernel.actors import Actor
from shared.projections.view import View
from shared.web.parameters import Parameter

D = TypeVar("D", bound=Struct)


@dataclass(frozen=True, kw_only=True)
class CommandCall:
    """An authenticated command request: path parameters, and the context stamped at the edge.

    `request` names this very request: a repeat under the same key has another name. Empty where nothing asks for it.
    """

    path: Mapping[str, str]
    context: Context
    request: str = ""


@dataclass(frozen=True, kw_only=True)
class ReadCall:
    """An authenticated read: path and query parameters, who asks, from which tenant, and the body of a query."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    tenant: str
    actor: Actor
    body: Any = None


class Reader(Protocol):
    """Views and log of one service, as reads see them. Lists and pages have a limit (PAGE_MAX)."""

    async def get(self, view: View[D], tenant: str, key: str) -> D | None:
        """One document."""

    async def list(
        self, view: View[D], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[D], str]:
        """Documents with a label in their order, and the cursor behind them, also at the end: what comes is there.

        Tenant None only for the ledger's own work.
        """

    async def reach(self, position: int, timeout_s: float) -> bool:
        """Wait until every view of the service stands at `position` or beyond; False when the time is over."""


@dataclass(frozen=True, kw_only=True)
class CommandRoute:
    """`POST path` with a JSON body of struct `body` (declare it with forbid_unknown_fields=True).

    `to_command(call, body)` is pure. `summary_*` are what the API viewer shows. `location` is the path of what the
    command makes, filled from the path parameters and the outcome's data (`/contracts/{contract}`): with it a command
    that was done answers 201 and `Location`.

    `shown_once(call, result, key)` is what only the answer to the very request that did it shows, beside the outcome's
    data: a secret that is derived from the service's master key and stored nowhere. The outcome's data name that
    request as `request`, from `call.request`.
    """

    path: str
    operation_id: str
    body: type[Struct]
    to_command: Callable[[CommandCall, Any], Command[Any]]
    summary_en: str
    summary_zh: str
    rules: tuple[str, ...] = ()
    tag: str = ""
    location: str = ""
    shown_once: Callable[[CommandCall, Result, bytes], Mapping[str, str]] | None = None
    makes: Literal["drafts", "endpoints"] | None = None


@dataclass(frozen=True, kw_only=True)
class ReadRoute:
    """`GET path`, answered with struct `response`. `read` raises NotFound for what the caller may not see (R-424).

    `query` names the parameters that it takes; any other is refused. `version_of` tells from
    the answer the version of the stream that commands on it name in `If-Match`. A question too large for a URL comes
    as `body` and the route is `POST path`; it records nothing and takes no idempotency key.
    """

    path: str
    operation_id: str
    response: type[Struct]
    read: Callable[[ReadCall, Reader], Awaitable[Struct]]
    summary_en: str
    summary_zh: str
    query: Mapping[str, Parameter] = field(default_factory=dict)
    tag: str = ""
    version_of: Callable[[Any], int] | None = None
    body: type[Struct] | None = None


Route = CommandRoute | ReadRoute


def page_size(call: ReadCall, most: int) -> int:
    """The size of page that the caller asks for; the door has looked at it (`parameters.py`)."""
    return int(call.query.get("limit", most))
