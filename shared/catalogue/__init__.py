"""The catalogue as the ledger speaks of it: the format of an entry, and what is composed of entries. Pure."""
