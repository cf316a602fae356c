"""The pure middle of acceptance: what is stored, what is known, and what is decided."""
