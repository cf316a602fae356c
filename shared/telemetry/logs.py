"""JSON logs: one object a line, with the trace id of the request; what looks like a credential is masked.

Masking is a second line: secrets are `shared.config.Secret` values and tokens are never passed to a logger.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from shared.kernel.instants import to_instant
from shared.telemetry.spans import current_trace_id

FIELDS: Final = "fields"
MASK: Final = "***"
# A JWS in compact form, the Authorization header, and a Standard Webhooks key.
_CREDENTIAL = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]*\.?[\w-]*|(?i:bearer|basic)\s+[\w~+/.=-]{8,}|whsec_[\w+/=-]+|(?<=://)[^\s:/@]+:[^\s@/]+(?=@)"
)


# One of these words, in lower case, stands in every credential that the pattern finds; most lines have none.
_MARKS = ("eyj", "bearer", "basic", "whsec_", "://")


def masked(text: str) -> str:
    """`text` without what looks like a token, an authorization header, a webhook key or a password in a URL."""
    lowered = text.lower()
    return _CREDENTIAL.sub(MASK, text) if any(mark in lowered for mark in _MARKS) else text


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; `extra={"fields": {...}}` adds members."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line: time, level, service, logger, message, trace_id, the extra fields, and the traceback if any."""
        line: dict[str, Any] = {
            "time": to_instant(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "trace_id": current_trace_id(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return masked(msgspec.json.encode(line, enc_hook=str).decode())


class LineHandler(logging.Handler):
    """Writes lines to a stream; those of one turn of an event loop together.

    A write lets other threads run, and under load that costs more than the line. Warnings are written at once.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._lines: list[str] = []
        self._turn_of: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line for the end of this turn, or write it; the caller holds the handler's lock."""
        self._lines.append(self.format(record))
        if record.levelno >= logging.WARNING or not self._flushes_this_turn():
            self.flush()

    def _flushes_this_turn(self) -> bool:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if self._turn_of is not loop:
            self._turn_of = loop
            loop.call_soon(self.flush)
        return True

    def flush(self) -> None:
        """Write what was kept."""
        with self.lock or nullcontext():
            lines, self._lines, self._turn_of = self._lines, [], None
            if lines:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error by default) as JSON lines."""
    # A line names neither thread nor process, so they need not be found out for each (Logging HOWTO, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = LineHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
