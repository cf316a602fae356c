"""The phases of an item with discrepancies."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant


class DiscrepancyOpen(Struct, frozen=True, kw_only=True, tag="discrepancy_open"):
    """The provider owes an answer, then both an agreement; further aspects can be added until `notice_until`."""

    round: int
    notice_until: Instant | None = None


class PlanAgreed(Struct, frozen=True, kw_only=True, tag="plan_agreed"):
    """Treatment and time of every discrepancy are agreed."""

    round: int


class Rework(Struct, frozen=True, kw_only=True, tag="rework"):
    """The provider corrects."""

    round: int


# States of a discrepancy in which it still keeps the item from being in order.
LIVE = frozenset({"open", "answered", "agreed", "done"})
