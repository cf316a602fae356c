"""Mechanism that at least two services use; it knows no business word except the published language."""
