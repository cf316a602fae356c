"""Which stored generation of a view is the live one.

A rebuild writes a new generation beside the live one and then moves the pointer, a named position, by compare-and-set.
Runners look at the pointer again after GENERATION_CHECK_S. Readers follow their runner to the new generation when it
holds all that they have seen of the old one; the old one is dropped whole, so an answer is never half of each.
"""

from __future__ import annotations

from typing import Any

from shared.eventstore.port import EventLog
from shared.kernel.clock import MachineClock
from shared.projections.view import View

GENERATION_CHECK_S = 0.5

# When a generation is dropped after another has become the live one: every runner has looked by then, also an idle one.
DROP_AFTER_S = 2.0


def stored_name(view: View[Any], generation: int) -> str:
    """The name under which documents and position of a generation are kept.

    The first is the view's own name.
    """
    return view.stored_name if generation == 0 else f"{view.stored_name}.g{generation}"


def pointer_name(view: View[Any]) -> str:
    """The named position that holds the number of the live generation."""
    return f"live/{view.stored_name}"


async def live_name(log: EventLog[Any], view: View[Any]) -> str:
    """The stored name of the live generation, looked up now."""
    return stored_name(view, await log.get_position(pointer_name(view)))


class Generations:
    """The live generations of one service's views, remembered for GENERATION_CHECK_S."""

    def __init__(self, log: EventLog[Any], machine: MachineClock) -> None:
        self._log = log
        self._machine = machine
        self._known: dict[str, tuple[str, float]] = {}

    def forget(self, view: View[Any]) -> None:
        """Look at the pointer again next time."""
        self._known.pop(view.stored_name, None)

    async def live(self, view: View[Any]) -> str:
        """The stored name to read and to keep up to date."""
        name, valid_until_s = self._known.get(view.stored_name, ("", 0.0))
        now_s = self._machine.elapsed()
        if not name or now_s >= valid_until_s:
            name = await live_name(self._log, view)
            self._known[view.stored_name] = (name, now_s + GENERATION_CHECK_S)
        return name
