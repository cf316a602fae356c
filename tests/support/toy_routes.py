"""The toy service over HTTP: one command."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from shared.commands.command import Command
from shared.web.routes import CommandCall, CommandRoute
from tests.support.toy_service import Add


class AddBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much."""

    amount: int


def add(call: CommandCall, body: AddBody) -> Command[Any]:
    """Add to a counter."""
    counter = call.path["counter"]
    return Command(
        scope=f"counter/{counter}",
        stream=f"counter-{counter}",
        context=call.context,
        body=Add(amount=body.amount),
    )


ADD = CommandRoute(
    path="/counters/{counter}/add",
    operation_id="add",
    body=AddBody,
    to_command=add,
    summary_en="Add",
    summary_zh="增加",
)
