"""The end of a contract as it is stored."""

from __future__ import annotations

from typing import ClassVar

from shared.kernel.ids import Identifier
from shared.messages.events import Event


class ContractCompleted(Event, frozen=True, kw_only=True):
    """Every acceptance item is terminal (R-322)."""

    TOPIC: ClassVar[str] = "contracts.contract_completed.v1"

    contract: Identifier


EVENTS: tuple[type[Event], ...] = (ContractCompleted,)
