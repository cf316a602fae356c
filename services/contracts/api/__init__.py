"""Stage 1: contracts over HTTP: the acts of the parties (`commands.py`), and what they read (`reads.py`)."""

from __future__ import annotations

from services.contracts.api.commands import COMMAND_ROUTES
from services.contracts.api.reads import READ_ROUTES
from shared.web.routes import Route

ROUTES: tuple[Route, ...] = (*COMMAND_ROUTES, *READ_ROUTES)
