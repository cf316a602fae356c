"""Signatures over the terms; with the second one they hold."""
