"""What has been received of an item."""

from __future__ import annotations

from msgspec import Struct

from shared.kernel.instants import Instant
from shared.public_events.submissions import Submission


class Submitted(Struct, frozen=True, kw_only=True, tag="submitted"):
    """Something was submitted; the set is not complete, or another item comes first, perhaps again (R-153)."""


class Received(Struct, frozen=True, kw_only=True):
    """The newest version of a deliverable, with the event that recorded it."""

    submission: Submission
    received_at: Instant
    event_id: str
