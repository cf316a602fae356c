"""The deciders of the discrepancy flow, one file a step."""
