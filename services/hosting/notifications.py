"""The notifier's sender at work beside its runtime: channels, work list, and the loop that wakes for what is due."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.hosting.runtime import ServiceRuntime
from services.notifier.channels.log import LogChannel
from services.notifier.channels.port import Channel
from services.notifier.channels.webhook import WebhookChannel, receivers
from services.notifier.sending.loop import Sending
from services.notifier.sending.sender import Sender
from shared.eventstore.leased import LEASE_LIFE_S
from shared.web.edge import Clocks


@asynccontextmanager
async def sending_of(
    notifier: ServiceRuntime,
    clocks: Clocks,
    master_key: bytes,
    *,
    owner: str,
    loopback: bool,
    lease_life_s: float = LEASE_LIFE_S,
) -> AsyncIterator[Sending]:
    """Sends what the notifier has planned while the block runs, whenever it is the turn of the replica `owner`.

    `master_key` is what webhook secrets derive from; with `loopback` receivers on this machine are called, too.
    """
    async with receivers(loopback=loopback) as session:
        webhook = WebhookChannel(session, master_key, lambda: int(clocks.machine.now()), loopback=loopback)
        channels: dict[str, Channel] = {"log": LogChannel(), "webhook": webhook}
        sending = Sending(
            Sender(notifier.log, notifier.reader, channels, clocks.legal),
            notifier.log,
            notifier.reader,
            notifier.projections,
            clocks.legal,
            clocks.machine,
            owner=owner,
            lease_life_s=lease_life_s,
            belief=notifier.belief,
        )
        async with sending:
            yield sending
