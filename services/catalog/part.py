"""The catalog service as a process runs it: the service, its views and its routes."""

from __future__ import annotations

from services.catalog.api import ROUTES
from services.catalog.projections import VIEWS
from services.catalog.service import CATALOG
from shared.part import Part

CATALOG_PART = Part(service=CATALOG, views=VIEWS, routes=ROUTES, deadlines=False)
