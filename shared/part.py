"""A service as whatever runs it takes it: its pure functions, its views and its routes, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.commands.service import Service
from shared.projections.view import View
from shared.web.routes import Route


@dataclass(frozen=True, kw_only=True)
class Part:
    """A service with what is around its `Service` value. `deadlines`: it owns deadline rows, so it needs a ticker."""

    service: Service[Any]
    views: tuple[View[Any], ...]
    routes: tuple[Route, ...]
    deadlines: bool = True

    @property
    def name(self) -> str:
        """The service's name."""
        return self.service.name
