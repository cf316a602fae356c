"""The duties of a contract after one more event (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.aftercare.events import AfterCareEnded, AfterCareStarted
from services.acceptance.domain.aftercare.state import Care
from services.acceptance.domain.state import Contract
from shared.kernel.instants import Instant


def evolve_care(state: Contract, data: AfterCareStarted | AfterCareEnded, effective_at: Instant) -> Contract:
    """The contract after a duty began or ended."""
    care = Care() if isinstance(data, AfterCareStarted) else Care(ended_at=effective_at)
    return replace(state, care={**state.care, data.care: care})
