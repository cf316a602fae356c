"""Reference data: service products, editions, acceptance profiles and working-day calendars."""
