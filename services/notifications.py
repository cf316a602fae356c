"""The notifier's sender at work beside its runtime: channels, work list, and the loop that wakes for what is due."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from services.notifier.channels.log import LogChannel
from services.notifier.channels.port import Channel
from services.notifier.channels.webhook import WebhookChannel
from services.notifier.projections.endpoints import ENDPOINTS
from services.notifier.sender import Sender
from services.notifier.sending import Sending
from services.runtime import ServiceRuntime
from shared.web.edge import Clocks


@asynccontextmanager
async def sending_of(notifier: ServiceRuntime, clocks: Clocks, master_key: bytes) -> AsyncIterator[Sending]:
    """Sends what the notifier has planned while the block runs; `master_key` is what webhook secrets derive from."""
    async with aiohttp.ClientSession() as session:
        webhook = WebhookChannel(
            session,
            master_key,
            lambda tenant, key: notifier.reader.get(ENDPOINTS, tenant, key),
            lambda: int(clocks.machine.now()),
        )
        channels: dict[str, Channel] = {"log": LogChannel(), "webhook": webhook}
        sender = Sender(notifier.log, notifier.reader, channels, clocks.legal)
        async with Sending(sender, notifier.log, notifier.projections, clocks.legal, clocks.machine) as sending:
            yield sending
