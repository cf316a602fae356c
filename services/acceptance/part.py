"""The acceptance service as a process runs it: the service, its views and its routes."""

from __future__ import annotations

from services.acceptance.api import ROUTES
from services.acceptance.projections import VIEWS
from services.acceptance.service import ACCEPTANCE
from shared.part import Part

ACCEPTANCE_PART = Part(service=ACCEPTANCE, views=VIEWS, routes=ROUTES)
