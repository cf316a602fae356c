"""The provider's periods: to answer, and to correct."""

from __future__ import annotations

RESPONSE = "response"
CORRECTION = "correction"
# Timer and rule of the provider's answer: with the customer's agreement in the full flow, without it elsewhere.
RESPONSE_OF_FULL_FLOW = ("T-12", "R-172")
RESPONSE_TO_COMMENTS = ("T-10", "R-177")
