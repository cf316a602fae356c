"""A further objection is discussed, and ends by an agreement of both sides only (R-158, R-175)."""
