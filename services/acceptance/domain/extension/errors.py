"""Why a period does not move, in Chinese and in English."""

from __future__ import annotations

from shared.kernel.instants import Instant, beijing_end

ENDED_BEFORE_EXTENSION = "顺延达成时该验收项已终结 / the item had ended before the extension was agreed"


def over_before_extension(ended_at: Instant) -> str:
    """An extension that was agreed too late (R-401)."""
    shown = beijing_end(ended_at)
    return f"期限已于 {shown} 届满，不因顺延而移动 / the period was over at {shown}, so it does not move"
