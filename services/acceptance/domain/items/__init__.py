"""Which items a contract has: planned from its terms, planned anew by changes (R-211), asked to be changed (R-147)."""
