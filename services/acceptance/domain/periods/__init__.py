"""The periods that run: begun, ended, moved to another calendar (section A, R-402)."""
