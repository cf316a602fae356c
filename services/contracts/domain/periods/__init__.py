"""What comes with time: a deadline passes or moves with the calendar, and what was received is settled through."""
