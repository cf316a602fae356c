"""The payment lines: requested once each, re-planned as a whole (section M)."""
