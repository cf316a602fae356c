"""The newest events of a log that this process wrote: who follows the log need not read back what was just written.

Used on one event loop. It holds one unbroken run of positions; when another process wrote in between, it begins anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from shared.messages.events import Recorded

EVENTS_MAX = 512


class Recent:
    """At most EVENTS_MAX events, with nothing left out between them."""

    def __init__(self) -> None:
        self._events: deque[Recorded] = deque(maxlen=EVENTS_MAX)

    def wrote(self, events: Sequence[Recorded]) -> None:
        """These are committed, in the order of their positions; others may have written between any two of them."""
        for event in events:
            if self._events and event.position != self._events[-1].position + 1:
                self._events.clear()
            self._events.append(event)

    def after(self, position: int, limit: int) -> list[Recorded]:
        """What comes directly behind a position; nothing where this process did not write it, or not lately."""
        behind = position + 1 - self._events[0].position if self._events else -1
        return list(islice(self._events, behind, behind + limit)) if behind >= 0 else []

    def clear(self) -> None:
        """Forget all."""
        self._events.clear()
