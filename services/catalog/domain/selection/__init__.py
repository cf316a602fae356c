"""Composition of the catalogue: what is wanted in, the resolved selection and every violated rule out (sections B, C)."""
