"""What must hold after a chaos run: pure functions over what was read, each answering with what it found wrong."""
