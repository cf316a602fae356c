"""`python -m services`: the embedded ledger, all four services in one process."""

from __future__ import annotations

import sys

from services.cli.run import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
