"""The deployed ledger under load while its parts are killed, paused and restarted; then everything is checked."""
