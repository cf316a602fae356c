"""`python -m services.notifier`: this service as a process of its own, on PostgreSQL and Kafka."""

from __future__ import annotations

import sys

from services.hosting.process import run
from services.notifier.part import NOTIFIER_PART

if __name__ == "__main__":
    sys.exit(run(NOTIFIER_PART))
