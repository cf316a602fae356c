"""Stage 9: the catalogue's read models."""

from __future__ import annotations

from services.catalog.projections.calendars import CALENDAR_HEADS, CALENDARS
from services.catalog.projections.services import HEADS, REVISIONS, SERVICES
from services.catalog.projections.tiers import TIER_REVISIONS, TIERS

VIEWS = (SERVICES, REVISIONS, HEADS, TIERS, TIER_REVISIONS, CALENDARS, CALENDAR_HEADS)
