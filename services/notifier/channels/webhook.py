"""The webhook channel: Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,...`).

Secrets are derived from a master key, the endpoint and its generation, so that none is stored. Two generations sign
during a rotation. `webhook-id` is the same at every attempt: the receiver drops what it has seen.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable

import aiohttp

from services.notifier.channels.port import Outcome, message_body
from services.notifier.domain.events import Notice
from services.notifier.projections.endpoints import EndpointDocument, endpoint_key
from shared.kernel.ids import derived_id

TIMEOUT_S = 15.0
PREFIX = "webhook:"
STATUS_GONE = 410

FindEndpoint = Callable[[str, str], Awaitable[EndpointDocument | None]]
EpochSeconds = Callable[[], int]


def secret_of(master: bytes, tenant: str, organisation: str, endpoint: str, generation: int) -> bytes:
    """The 32-byte secret of an endpoint's generation."""
    label = f"{tenant}\n{organisation}\n{endpoint}\n{generation}".encode()
    return hmac.new(master, label, hashlib.sha256).digest()


def shown_secret(secret: bytes) -> str:
    """The secret as its owner configures it: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 over id, timestamp and body, joined by full stops."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


class WebhookChannel:
    """Sends to the endpoint a target names; never follows redirects."""

    def __init__(
        self, session: aiohttp.ClientSession, master: bytes, find: FindEndpoint, epoch_seconds: EpochSeconds
    ) -> None:
        self._session = session
        self._master = master
        self._find = find
        self._epoch_seconds = epoch_seconds

    async def send(self, tenant: str, notice: Notice, target: str, attempt: int) -> Outcome:
        """One signed POST. 2xx is success; 410 disables the target; `Retry-After` is respected."""
        endpoint = await self._find(tenant, endpoint_key(notice.organisation, target.removeprefix(PREFIX)))
        if endpoint is None or endpoint.disabled:
            return Outcome(failure="the endpoint is disabled", gone=True)
        body = message_body(tenant, notice)
        try:
            async with self._session.post(
                endpoint.url,
                data=body,
                headers=self._headers(tenant, endpoint, notice, body),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                return _outcome(answer)
        except (TimeoutError, aiohttp.ClientError) as error:
            return Outcome(failure=type(error).__name__)

    def _headers(self, tenant: str, endpoint: EndpointDocument, notice: Notice, body: bytes) -> dict[str, str]:
        message_id = derived_id("webhook", notice.notice, endpoint.endpoint)
        timestamp_s = self._epoch_seconds()
        generations = [endpoint.generation, endpoint.generation - 1][: 1 if endpoint.generation == 1 else 2]
        signatures = " ".join(
            signature(
                secret_of(self._master, tenant, endpoint.organisation, endpoint.endpoint, generation),
                message_id,
                timestamp_s,
                body,
            )
            for generation in generations
        )
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": signatures,
        }


def _outcome(answer: aiohttp.ClientResponse) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome(evidence=f"HTTP {answer.status}")
    wait = answer.headers.get("Retry-After", "")
    return Outcome(
        failure=f"HTTP {answer.status}",
        retry_after_s=int(wait) if wait.isascii() and wait.isdigit() else 0,
        gone=answer.status == STATUS_GONE,
    )
