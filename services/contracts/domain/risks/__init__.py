"""Risk notices and their answers."""
