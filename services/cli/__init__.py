"""The command line: `qizhang NAME ...`; each command is a module with `run(argv) -> exit code`."""
