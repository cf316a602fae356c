"""Which ledger a database belongs to."""
