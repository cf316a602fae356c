"""Stage 9: the read models of acceptance."""

from __future__ import annotations

from services.acceptance.projections.finance import FINANCE, SETTLEMENTS
from services.acceptance.projections.items import ITEMS

VIEWS = (ITEMS, FINANCE, SETTLEMENTS)
