"""The contracts service as a process runs it: the service, its views and its routes."""

from __future__ import annotations

from services.contracts.api import ROUTES
from services.contracts.projections import VIEWS
from services.contracts.service import CONTRACTS
from shared.part import Part

CONTRACTS_PART = Part(service=CONTRACTS, views=VIEWS, routes=ROUTES)
