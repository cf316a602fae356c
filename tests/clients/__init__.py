"""Clients as integrators make them; see README.md."""
