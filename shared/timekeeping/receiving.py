"""What a service without another clock beside its own receives: nothing, while its clock is not believed.

With a database that has a clock the log itself refuses to record (`LegalTime`). Without one a reaction would be stamped
by the clock that is in doubt, and all that follows no earlier (R-400, R-409). What is not taken waits on the bus.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, cast

from shared.eventstore.port import EventLog, Receipt
from shared.kernel.clock import ClockBelief
from shared.kernel.errors import ClockUntrusted
from shared.kernel.waiting import failed
from shared.public_events.envelope import Envelope


def received_while_believed(log: EventLog[Any], belief: ClockBelief) -> EventLog[Any]:
    """The log, whose `receive` raises ClockUntrusted while there is trouble."""
    return cast(EventLog[Any], _Believing(log, belief))


class _Believing:
    def __init__(self, log: EventLog[Any], belief: ClockBelief) -> None:
        self._log = log
        self._belief = belief

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def receive(self, envelope: Envelope) -> Awaitable[Receipt]:
        if doubt := self._belief.trouble():
            return failed(ClockUntrusted(f"{doubt.zh} / {doubt.en}"))
        return self._log.receive(envelope)
