"""What is written down: event structs with explicit names, the record around them, and their bytes."""
