"""JSON logs: one object a line, with the trace id of the request; what looks like a credential is masked.

Masking is a second line: secrets are `shared.config.Secret` values and tokens are never passed to a logger.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from shared.kernel.instants import to_instant
from shared.telemetry.spans import current_trace_id

ACCESS: Final = "qizhang.access"
FIELDS: Final = "fields"
MASK: Final = "***"
_ROOT: Final = logging.getLogger()
_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)
# A JWS in compact form or cut off, the Authorization header, a Standard Webhooks key, a password in a URL. What begins
# like one is taken to its end, so that no character is looked at again from another beginning.
_CREDENTIAL = re.compile(
    r"eyJ[\w-]{5,}(?:\.[\w-]*){0,2}|(?i:bearer|basic)\s+[\w~+/.=-]{8,}|whsec_[\w+/=-]+|(?<=://)[^\s:/@]+:[^\s@/]+(?=@)"
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
        """The line: time, level, service, logger, trace_id, message, the extra fields, and the traceback if any."""
        members = {"message": record.getMessage(), **getattr(record, FIELDS, {})}
        if record.exc_info:
            members["exception"] = self.formatException(record.exc_info)
        return self.line(record.created, record.levelname.lower(), record.name, members)

    def line(self, created_s: float, level: str, logger: str, members: Mapping[str, Any]) -> str:
        """A line from its parts."""
        line = {
            "time": to_instant(datetime.fromtimestamp(created_s, UTC)),
            "level": level,
            "service": self._service,
            "logger": logger,
            "trace_id": current_trace_id(),
            **members,
        }
        return masked(_ENCODER.encode(line).decode())


class LineHandler(logging.Handler):
    """Writes lines to a stream; those of one turn of an event loop together.

    A write lets other threads run, and under load that costs more than the line. Warnings are written at once.
    """

    def __init__(self, stream: TextIO, lines: JsonFormatter) -> None:
        super().__init__()
        self.setFormatter(lines)
        self.lines = lines
        self._stream = stream
        self._kept: list[str] = []
        self._turn_of: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line for the end of this turn, or write it."""
        self.keep(self.format(record), at_once=record.levelno >= logging.WARNING)

    def keep(self, line: str, *, at_once: bool = False) -> None:
        """The same for a line that is ready; may be called from any thread."""
        with self.lock or nullcontext():
            self._kept.append(line)
            if at_once or not self._flushes_this_turn():
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
            kept, self._kept, self._turn_of = self._kept, [], None
            if kept:
                self._stream.write("\n".join(kept) + "\n")
                self._stream.flush()


def log_access(members: Mapping[str, Any]) -> None:
    """A line of the access log; it is written for every request, so it goes past the records of `logging`."""
    for handler in _ROOT.handlers if _ROOT.level <= logging.INFO else ():
        if isinstance(handler, LineHandler):
            handler.keep(handler.lines.line(time.time(), "info", ACCESS, members))


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error by default) as JSON lines."""
    _ROOT.handlers[:] = [LineHandler(stream or sys.stderr, JsonFormatter(service))]
    _ROOT.setLevel(level)
