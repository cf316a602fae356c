"""Drafts: from a catalogue revision to the terms that both sides will sign."""
