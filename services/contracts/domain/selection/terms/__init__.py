"""Questions to a selection: choosing, composing, gates."""
