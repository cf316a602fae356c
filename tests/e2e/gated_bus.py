"""A bus whose deliveries from one service to another can be stopped and let go on: what is on its way stays there."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from shared.bus.inprocess import InProcessBus
from shared.bus.port import Bus
from shared.commands.service import Service
from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import MachineClock
from shared.kernel.errors import Trouble
from shared.public_events.envelope import Envelope


class GatedBus:
    """An in-process bus with a gate on the road from `source` to `receiver`; open at first."""

    def __init__(self, machine: MachineClock, source: str, receiver: str) -> None:
        self._inner: Bus = InProcessBus(machine)
        self._source = source
        self._receiver = receiver
        self.gate = asyncio.Event()
        self.gate.set()

    async def join(self, service: Service[Any], log: EventLog[Any]) -> None:
        """Join, with the gate in front of the receiver."""
        if service.name == self._receiver:
            log = cast(EventLog[Any], _GatedReceiver(log, self._source, self.gate))
        await self._inner.join(service, log)

    async def delivered(self, source: str, position: int) -> None:
        """As the inner bus says; never while the gate is closed on something."""
        await self._inner.delivered(source, position)

    def undelivered(self) -> int:
        """As the inner bus says."""
        return self._inner.undelivered()

    def trouble(self) -> Trouble | None:
        """As the inner bus says."""
        return self._inner.trouble()

    async def close(self) -> None:
        """Open the gate, and close."""
        self.gate.set()
        await self._inner.close()


class _GatedReceiver:
    def __init__(self, log: EventLog[Any], source: str, gate: asyncio.Event) -> None:
        self._log = log
        self._source = source
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def receive(self, envelope: Envelope) -> Receipt:
        """Deliver once the gate is open."""
        if envelope.source == self._source:
            await self._gate.wait()
        receipt: Receipt = await self._log.receive(envelope)
        return receipt
