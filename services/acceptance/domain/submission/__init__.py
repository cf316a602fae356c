"""Deliverables come in: documents by their files, trainings by their evidence (section G)."""
