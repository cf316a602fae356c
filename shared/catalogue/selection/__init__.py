"""Composition of the catalogue: what is wanted in, the selection and every violated rule out (sections B, C)."""
