"""The notifier service as a process runs it: the service, its views and its routes."""

from __future__ import annotations

from services.notifier.api import ROUTES
from services.notifier.projections import VIEWS
from services.notifier.service import NOTIFIER
from shared.part import Part

NOTIFIER_PART = Part(service=NOTIFIER, views=VIEWS, routes=ROUTES)
