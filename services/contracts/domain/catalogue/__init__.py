"""What the catalogue told: services with their revisions and calendars, and what of them the ledger carries out."""
