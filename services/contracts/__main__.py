"""`python -m services.contracts`: this service as a process of its own, on PostgreSQL and Kafka."""

from __future__ import annotations

import sys

from services.contracts.part import CONTRACTS_PART
from services.hosting.process import run

if __name__ == "__main__":
    sys.exit(run(CONTRACTS_PART))
