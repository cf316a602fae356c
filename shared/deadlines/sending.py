"""Sends a command about one deadline row to the service that owns it."""

from __future__ import annotations

import logging
from typing import Any

from shared.commands.system import system_command
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline
from shared.deadlines.model import DeadlineChange
from shared.eventstore.port import EventLog
from shared.kernel.errors import LedgerError, StoreUnavailable
from shared.kernel.instants import Instant
from shared.telemetry.spans import current_traceparent, own_span

_log = logging.getLogger("qizhang.deadlines")


async def send(
    service: str,
    log: EventLog[Any],
    row: DeadlineChange,
    body: DeadlineElapsed | RecomputeDeadline,
    key: tuple[str, ...],
    now: Instant,
) -> None:
    """Submit `body` for the row's scope under a key made of `key`.

    Raises StoreUnavailable. A refusal is logged as an alarm and swallowed: it concerns this row alone, and the caller
    asks again later.
    """
    name = type(body).__name__
    with own_span(f"{service} {name}"):
        command = system_command(
            service,
            row.tenant,
            row.scope,
            row.stream,
            body,
            key=(name, *key),
            received_at=now,
            traceparent=current_traceparent(),
        )
        try:
            await log.submit(command)
        except StoreUnavailable:
            raise
        except LedgerError as error:
            _log.error("%s was refused for a deadline of kind %s: %s %s", name, row.kind, error.code, error)
