"""Stage 2: a command on its way to a decision, and the decision on its way back."""
