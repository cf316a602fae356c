"""What does not fit: notice, answer, agreement, rework, resubmission (section I)."""
