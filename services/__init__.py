"""The four bounded contexts of the ledger; none imports another."""
