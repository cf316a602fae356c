"""`qizhang rebuild [service [view]]`: builds read models anew from the log, beside the live ones, and swaps them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from services.cli.arguments import EXIT_OK, BilingualParser, say_bad_input
from services.cli.logs import PART_BY_NAME, chosen_views, opened
from shared.config import DATA_FOLDER_DEFAULT
from shared.kernel.clock import SystemMachineClock
from shared.part import Part
from shared.projections.rebuild import rebuild
from shared.web.server import run as run_loop


def run(argv: list[str]) -> int:
    """The command; exit code 2 for a service or view that does not exist."""
    arguments = _parser().parse_args(argv)
    parts = [part for name, part in PART_BY_NAME.items() if arguments.service in (None, name)]
    if arguments.view and not chosen_views(parts[0], arguments.view):
        known = ", ".join(view.name for view in parts[0].views)
        return say_bad_input("qizhang rebuild", "view", f"known views: {known}", f"可选视图：{known}")
    run_loop(_rebuild(arguments.data, parts, arguments.view))
    return EXIT_OK


async def _rebuild(folder: Path, parts: Sequence[Part], view_name: str | None) -> None:
    for part in parts:
        async with opened(folder, part) as log:
            views = chosen_views(part, view_name)
            positions = await asyncio.gather(*(rebuild(log, view, SystemMachineClock()) for view in views))
            for view, position in zip(views, positions, strict=True):
                print(f"{part.name} {view.name}: 已重建至 {position} / rebuilt up to {position}")


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog="qizhang rebuild",
        description="由事件重新生成视图并替换 / build views anew from the events and swap them in",
    )
    parser.add_argument("service", nargs="?", choices=sorted(PART_BY_NAME), help="服务 / service")
    parser.add_argument("view", nargs="?", help="视图 / view")
    parser.add_argument("--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    return parser
