"""The four services as parts, in the order in which they start."""

from __future__ import annotations

from services.acceptance.api import ROUTES as ACCEPTANCE_ROUTES
from services.acceptance.projections import VIEWS as ACCEPTANCE_VIEWS
from services.acceptance.service import ACCEPTANCE
from services.catalog.api import ROUTES as CATALOG_ROUTES
from services.catalog.projections import VIEWS as CATALOG_VIEWS
from services.catalog.service import CATALOG
from services.contracts.api import ROUTES as CONTRACTS_ROUTES
from services.contracts.projections import VIEWS as CONTRACTS_VIEWS
from services.contracts.service import CONTRACTS
from services.notifier.api import ROUTES as NOTIFIER_ROUTES
from services.notifier.projections import VIEWS as NOTIFIER_VIEWS
from services.notifier.service import NOTIFIER
from services.runtime import Part

CATALOG_PART = Part(service=CATALOG, views=CATALOG_VIEWS, routes=CATALOG_ROUTES, deadlines=False)
CONTRACTS_PART = Part(service=CONTRACTS, views=CONTRACTS_VIEWS, routes=CONTRACTS_ROUTES)
ACCEPTANCE_PART = Part(service=ACCEPTANCE, views=ACCEPTANCE_VIEWS, routes=ACCEPTANCE_ROUTES)
NOTIFIER_PART = Part(service=NOTIFIER, views=NOTIFIER_VIEWS, routes=NOTIFIER_ROUTES)

PARTS = (CATALOG_PART, CONTRACTS_PART, ACCEPTANCE_PART, NOTIFIER_PART)
