"""`python -m services.catalog`: this service as a process of its own, on PostgreSQL and Kafka."""

from __future__ import annotations

import sys

from services.catalog.part import CATALOG_PART
from services.hosting.process import run

if __name__ == "__main__":
    sys.exit(run(CATALOG_PART))
