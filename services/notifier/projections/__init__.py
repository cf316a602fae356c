"""Stage 9: the notifier's read models."""

from __future__ import annotations

from services.notifier.projections.deliveries import DELIVERIES
from services.notifier.projections.endpoints import ENDPOINTS

VIEWS = (DELIVERIES, ENDPOINTS)
