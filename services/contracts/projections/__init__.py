"""Stage 9: the read models of contracts."""

from __future__ import annotations

from typing import Any

from services.contracts.projections.closed_deadlines import CLOSED_DEADLINES
from services.contracts.projections.contract import CONTRACT
from services.contracts.projections.deadlines import DEADLINES
from services.contracts.projections.timeline import TIMELINE
from shared.projections.view import View

VIEWS: tuple[View[Any], ...] = (CONTRACT, DEADLINES, CLOSED_DEADLINES, TIMELINE)
