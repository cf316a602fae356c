"""The two commands that the mechanism sends to the owner of a deadline.

The ticker and the recomputation know rows only; what follows is decided by the service from its own state, so both
commands are harmless when they are repeated, late or out of date (then the decision is `UNCHANGED`).
"""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant


class DeadlineElapsed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The due instant of an open deadline and the grace after it have passed (R-401).

    `due_at` is the instant that the row named: a deadline that has moved since then is not open under it any more.
    Sent again at intervals while the deadline is held.
    """

    deadline_id: str
    due_at: Instant


class RecomputeDeadline(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A newer version of the deadline's calendar is known in the owner's log (R-403, R-404)."""

    deadline_id: str
