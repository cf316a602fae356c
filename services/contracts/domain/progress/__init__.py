"""What acceptance told: submissions and ends of items; milestones that are reached, completion."""
