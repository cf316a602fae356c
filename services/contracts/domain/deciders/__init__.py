"""One file a subject, one pure function a command: (state, command, facts) -> decision."""
