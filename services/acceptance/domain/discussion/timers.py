"""The periods to discuss, and to agree after it."""

from __future__ import annotations

DISCUSSION = "discussion"
AGREEMENT = "agreement"
