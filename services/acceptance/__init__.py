"""Acceptance: deliverables, reviews, discrepancies, deemed acceptance, invoice requests. See README.md."""
