"""The webhook channel: Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,...`).

Two generations of an endpoint's secret sign during a rotation. `webhook-id` is the same at every attempt: the receiver
drops what it has seen.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from services.notifier.channels.port import Outcome, Parcel, message_body
from services.notifier.channels.resolving import AddressNotAllowed, PublicResolver
from services.notifier.channels.secrets import secret_of, signature
from services.notifier.domain.address import address_of
from services.notifier.domain.events import Notice
from services.notifier.projections.endpoints import EndpointDocument
from shared.kernel.errors import LedgerError
from shared.kernel.ids import derived_id

TIMEOUT_S = 15.0
PREFIX = "webhook:"
STATUS_GONE = 410

# More seconds than that are no wait, and a text of thousands of digits is no number.
_SECONDS = re.compile(r"[0-9]{1,9}")

EpochSeconds = Callable[[], int]


@asynccontextmanager
async def receivers(*, loopback: bool) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that calls addresses of the internet only, and as many at a time as it is asked to."""
    # How many are called at a time is the sender's to say; the connector's own limit would let some wait for others.
    connector = aiohttp.TCPConnector(limit=0, resolver=PublicResolver(loopback=loopback))
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


class WebhookChannel:
    """Sends to the endpoint of a parcel; never follows redirects, never reads what the receiver answers."""

    def __init__(
        self, session: aiohttp.ClientSession, master: bytes, epoch_seconds: EpochSeconds, *, loopback: bool
    ) -> None:
        self._session = session
        self._master = master
        self._epoch_seconds = epoch_seconds
        self._loopback = loopback

    async def send(self, parcel: Parcel) -> Outcome:
        """One signed POST. 2xx is success; 410 disables the target; `Retry-After` is respected."""
        endpoint = parcel.endpoint
        if endpoint is None or endpoint.disabled:
            return Outcome(failure="the endpoint is disabled", gone=True)
        body = message_body(parcel.tenant, parcel.notice)
        try:
            address = address_of(endpoint.url)
            if address.loopback and not self._loopback:
                raise AddressNotAllowed(f"{address.host} is this machine")
            async with self._session.post(
                address.url,
                data=body,
                headers=self._headers(parcel.tenant, endpoint, parcel.notice, body),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            ) as answer:
                return _outcome(answer)
        except (LedgerError, TimeoutError, OSError, aiohttp.ClientError) as error:
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
        retry_after_s=int(wait) if _SECONDS.fullmatch(wait) else 0,
        gone=answer.status == STATUS_GONE,
    )
