"""Legal deadlines: derivations in events, rows in the append transaction, and the ticker over the rows."""
