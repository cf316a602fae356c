"""The pure middle of acceptance, a folder a subject: what is stored, what is known, and what is decided."""
