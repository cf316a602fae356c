"""`qizhang clock`: a clock that was set while the ledger ran, for an operator to see and to confirm.

It works beside a running ledger, which believes its clock again within a second. A ledger on PostgreSQL needs nobody:
it goes by the database's clock.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from services.cli.arguments import EXIT_OK, BilingualParser, say_bad_input
from services.cli.logs import PART_BY_NAME, opened
from shared.config import DATA_FOLDER_DEFAULT
from shared.kernel.clock import SystemLegalClock
from shared.timekeeping.doubt import ClockDoubt, confirm, remembered

COMMAND: Final = "qizhang clock"
EXIT_UNCONFIRMED: Final = 1


def run(argv: list[str]) -> int:
    """The command: 0; 1 when `show` finds what nobody has confirmed; 2 when nobody says that he confirms."""
    arguments = _parser().parse_args(argv)
    by = (arguments.by or "").strip()
    if arguments.action == "confirm":
        if not by:
            return say_bad_input(COMMAND, "by", "who confirms: --by NAME", "请用 --by 填写核对人")
        return asyncio.run(_confirm(arguments.data, by))
    return asyncio.run(_show(arguments.data))


async def _show(folder: Path) -> int:
    """What each service remembers."""
    unconfirmed = 0
    for name, part in PART_BY_NAME.items():
        async with opened(folder, part) as log:
            doubt = await remembered(log)
        unconfirmed += doubt is not None and doubt.open
        print(f"{name}: {_line(doubt) if doubt else '时钟未被改动 / the clock was not set'}")
    return EXIT_UNCONFIRMED if unconfirmed else EXIT_OK


async def _confirm(folder: Path, by: str) -> int:
    """The present time of this machine is right: on record, with who says so, in each service."""
    now = SystemLegalClock().now()
    print(f"现在是 {now} / it is {now}")
    for name, part in PART_BY_NAME.items():
        async with opened(folder, part) as log:
            doubt = await confirm(log, by, now)
        print(f"{name}: {_line(doubt) if doubt else '无须核对 / nothing to confirm'}")
    return EXIT_OK


def _line(doubt: ClockDoubt) -> str:
    was_set = f"由 {doubt.set_from} 改为 {doubt.set_to} / set from {doubt.set_from} to {doubt.set_to}"
    if doubt.open:
        return f"{was_set}: 待核对 / to be confirmed"
    if not doubt.confirmed_by:
        return f"{was_set}: 已恢复 / put back"
    return f"{was_set}: {doubt.confirmed_by} 已于 {doubt.confirmed_at} 核对 / confirmed"


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog=COMMAND,
        description="查看或核对被改动的本机时钟 / show a clock that was set, or confirm that it is right",
    )
    parser.add_argument("action", choices=("show", "confirm"), help="查看、核对 / what to do")
    parser.add_argument("--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    parser.add_argument("--by", help="核对人，将被记录 / who confirms, kept on record")
    return parser
