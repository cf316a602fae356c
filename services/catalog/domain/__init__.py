"""The catalogue's decisions, pure: a published revision and a published year are immutable; a change is a new one."""
