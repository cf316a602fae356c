"""Acts that cannot be decided yet (R-401, R-403, R-427)."""
