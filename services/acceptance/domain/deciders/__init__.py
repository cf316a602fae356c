"""The deciders of acceptance, one file a concern; `acting.py` finds the one for an act."""
