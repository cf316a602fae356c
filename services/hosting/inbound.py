"""Who may send commands to a service over its inbound topic, and which: its routes, and the keys of a file."""

from __future__ import annotations

from contextlib import AsyncExitStack

from services.hosting.process_config import ProcessConfig
from shared.inbound.key_file import KeyFile
from shared.inbound.keys import SenderRegistry
from shared.inbound.request import InboundRequests
from shared.kernel.clock import MachineClock
from shared.kernel.loops import Loop
from shared.part import Part


async def inbound_requests(
    stack: AsyncExitStack, part: Part, config: ProcessConfig, machine: MachineClock
) -> tuple[InboundRequests, tuple[Loop, ...]]:
    """What reads the records of the topic, and the loops that keep it up to date; raises ConfigError.

    Without a file nobody is registered: every record is refused, and told so. On virtual time the broker's clock says
    nothing, so a record was received when its sender says.
    """
    path, virtual = config.inbound_keys_file, config.legal_time.clock_file is not None
    keys = await stack.enter_async_context(KeyFile(path, machine)) if path else None
    requests = InboundRequests(
        part.routes, keys.senders if keys else _nobody, config.http.body_bytes_max, own_time=virtual
    )
    return requests, (keys,) if keys else ()


def _nobody() -> SenderRegistry:
    return SenderRegistry({})
