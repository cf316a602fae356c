"""`python -m services.acceptance`: this service as a process of its own, on PostgreSQL and Kafka."""

from __future__ import annotations

import sys

from services.acceptance.part import ACCEPTANCE_PART
from services.hosting.process import run

if __name__ == "__main__":
    sys.exit(run(ACCEPTANCE_PART))
