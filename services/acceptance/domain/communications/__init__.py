"""What is said about an item: whether it counts, and what it does to silence (R-186, R-342, R-426)."""
