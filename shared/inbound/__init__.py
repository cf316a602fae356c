"""Commands of internal systems: from a signed CloudEvent of an inbound topic to a command like any other."""
