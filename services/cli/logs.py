"""Opens the logs of a data folder for the commands that work on them beside, or instead of, a running ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.hosting.parts import PARTS
from shared.config import ConfigError
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.part import Part
from shared.projections.view import View

PART_BY_NAME = {part.name: part for part in PARTS}


@asynccontextmanager
async def opened(
    folder: Path, part: Part, location: str | None = None, *, make: bool = False
) -> AsyncIterator[EventLog[Any]]:
    """The log of one service in `folder`, or at `location` (`postgresql://...`) instead.

    One that is not there is made only where `make` says so; otherwise ConfigError: an empty ledger agrees with
    everything that is said of it.
    """
    file = folder / f"{part.name}.db"
    if not location and not make and not file.is_file():
        raise ConfigError(
            f"there is no ledger in {folder}/ ({file.name} is missing); name its folder with --data. "
            f"{folder}/ 中没有账本（缺少 {file.name}），请用 --data 指明数据目录。"
        )
    location = location or f"sqlite:///{file}"
    log = await open_log(part.service, location, SystemLegalClock(), SystemMachineClock())
    try:
        yield log
    finally:
        await log.close()


def chosen_views(part: Part, name: str | None) -> Sequence[View[Any]]:
    """The view of that name, or all; empty when there is none of that name."""
    return [view for view in part.views if name in (None, view.name)]
