"""JSON logs: one object a line, with the trace id of the request; what looks like a credential is masked.

Masking is a second line: secrets are `shared.config.Secret` values and tokens are never passed to a logger.
"""

from __future__ import annotations

import logging
import re
import sys
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


def masked(text: str) -> str:
    """`text` without what looks like a token, an authorization header, a webhook key or a password in a URL."""
    return _CREDENTIAL.sub(MASK, text)


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


def configure_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error by default) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
