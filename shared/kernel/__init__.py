"""Values that every other package builds on: instants, money, identifiers, actors and the kinds of errors."""
