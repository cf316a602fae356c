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
) -> str:
    """Submit `body` for the row's scope under a key made of `key`; returns why it was not taken, "" when it was.

    Raises StoreUnavailable: then nothing was asked. A refusal, or a defect of ours, is logged as an alarm and concerns
    this row alone; the caller asks again later.
    """
    name = type(body).__name__
    try:
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
            await log.submit(command)
    except StoreUnavailable:
        raise
    except LedgerError as error:
        _log.error("%s was refused for a deadline of kind %s: %s %s", name, row.kind, error.code, error)
        return error.code
    except Exception as error:  # loop edge: a defect that one deadline meets must not stop the others.
        _log.exception("%s met a defect at a deadline of kind %s in %s", name, row.kind, row.scope)
        return type(error).__name__
    return ""
