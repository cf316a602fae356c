"""Working calendars as data: the notice of a year, the law of statutory days, what ships, what a library knows."""
