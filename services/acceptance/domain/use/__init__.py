"""Real use of what was delivered, which may accept it, and the trial run, which does not (R-190, R-191)."""
