"""What can be asked of the notifier; times and ids come from the edge."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant


class RegisterEndpoint(Struct, frozen=True, kw_only=True):
    """Name a webhook endpoint for the caller's organisation. `request` is the one that is shown the secret."""

    endpoint: Identifier
    organisation: Identifier
    url: str
    request: str = ""


class RotateEndpointSecret(Struct, frozen=True, kw_only=True):
    """Begin a new generation of the endpoint's secret; the previous one still signs until the next rotation."""

    endpoint: Identifier
    organisation: Identifier
    request: str = ""


class DisableEndpoint(Struct, frozen=True, kw_only=True):
    """Stop sending to an endpoint."""

    endpoint: Identifier
    organisation: Identifier
    reason: str


class DispatchNotice(Struct, frozen=True, kw_only=True):
    """Fix the targets of a planned notice (the sender found them)."""

    notice: str
    targets: tuple[str, ...]


class RecordAttempt(Struct, frozen=True, kw_only=True):
    """What came of one attempt. `failure` is empty on success; `retry_after_s` and `gone` come from the receiver."""

    notice: str
    target: str
    attempt: int
    attempted_at: Instant
    content_sha256: str
    failure: str = ""
    evidence: str = ""
    retry_after_s: int = 0
    gone: bool = False
