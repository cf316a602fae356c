"""`qizhang verify`: compares read models, deadline rows and every stored derivation with a replay of the log.

It says what it covered and what it did not: what is parked is not in the log yet, and whether the log itself was
altered cannot be seen from within.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from services.cli.arguments import EXIT_OK, BilingualParser
from services.cli.logs import PART_BY_NAME, opened
from shared.config import DATA_FOLDER_DEFAULT
from shared.deadlines.verify import deadline_differences, fired_for_review
from shared.eventstore.port import EventLog, ParkedMessage
from shared.kernel.instants import beijing_end
from shared.part import Part
from shared.projections.verify import differences
from shared.public_events.codes import DEADLINE_KINDS
from shared.public_events.words import words
from shared.web.server import run as run_loop

EXIT_DIFFERENCE = 1
# Nothing differs, but messages are parked: what they say is in no view and in no deadline.
EXIT_INCOMPLETE = 3

# Parked messages are counted up to here, and so many contracts are named.
PARKED_COUNTED_MAX = 1000
CONTRACTS_NAMED_MAX = 10

NOT_COVERED = (
    "未核对：事件日志本身是否被改动（一行被改后再重建，结果仍会一致）",
    "not covered: whether the log itself was altered (after a row is changed and views are rebuilt, all agrees)",
)

# A document is shown up to the place where it differs, and so many bytes around it.
SHOWN_BYTES = 120


def run(argv: list[str]) -> int:
    """The command; exit code 1 when anything differs, 3 when all agrees but messages are parked, 2 without a ledger."""
    arguments = _parser().parse_args(argv)
    return run_loop(_verify(arguments.data))


async def _verify(folder: Path) -> int:
    clean, parked = True, 0
    for part in PART_BY_NAME.values():
        async with opened(folder, part) as log:
            found = [line async for line in _found(log, part)]
            waiting = await log.parked(PARKED_COUNTED_MAX)
            for_review = await _for_review(log, part)
            covered = f"{await log.head()} 个事件 / events, {len(part.views)} 个视图 / views"
        clean, parked = clean and not found, parked + len(waiting)
        verdict = "一致 / agrees with its log" if not found else "有差异 / differs from its log"
        print(f"{part.name}: {verdict} ({covered})")
        for line in (*found, *for_review, *_parked(waiting)):
            print(f"  {line}")
    for line in NOT_COVERED:
        print(line)
    if not clean:
        return EXIT_DIFFERENCE
    return EXIT_INCOMPLETE if parked else EXIT_OK


async def _found(log: EventLog[Any], part: Part) -> AsyncIterator[str]:
    for view in part.views:
        for difference in await differences(log, view):
            yield f"{view.name} {difference.tenant}/{difference.key}"
            for line in shown_difference(difference.live, difference.replayed):
                yield f"  {line}"
    for deadline in await deadline_differences(log, part.service):
        yield f"期限 deadline {deadline.tenant}/{deadline.deadline_id} @{deadline.position}: {deadline.what}"


async def _for_review(log: EventLog[Any], part: Part) -> list[str]:
    """What stands although a later calendar would have extended it: no difference, but somebody should look (R-404)."""
    return [
        f"待复核 for review (R-404): {found.tenant}/{found.deadline.contract} {found.deadline.item} "
        f"{' / '.join(words(DEADLINE_KINDS, found.deadline.kind))}: "
        f"{beijing_end(found.fired_due_at)} -> {beijing_end(found.due_at_by_newest)}"
        for found in await fired_for_review(log, part.service)
    ]


def _parked(waiting: Sequence[ParkedMessage]) -> list[str]:
    """What the verdict does not speak of, because it is not in the log."""
    if not waiting:
        return []
    contracts = sorted({f"{message.envelope.tenant}/{message.envelope.key}" for message in waiting})
    named = ", ".join(contracts[:CONTRACTS_NAMED_MAX]) + (", …" if len(contracts) > CONTRACTS_NAMED_MAX else "")
    return [
        f"未核对：搁置的 {len(waiting)} 条消息（{named}），见 qizhang bus parked",
        f"not covered: {len(waiting)} parked messages ({named}); see qizhang bus parked",
    ]


def shown_difference(live: bytes | None, replayed: bytes | None) -> tuple[str, str]:
    """Two lines that show both documents around the first byte in which they differ."""
    place = next(
        (index for index, (a, b) in enumerate(zip(live or b"", replayed or b"", strict=False)) if a != b),
        min(len(live or b""), len(replayed or b"")),
    )
    return f"现有 live:     {_around(live, place)}", f"重放 replayed: {_around(replayed, place)}"


def _around(body: bytes | None, place: int) -> str:
    if body is None:
        return "（无 / absent）"
    start = max(0, place - SHOWN_BYTES // 2)
    text = body[start : start + SHOWN_BYTES].decode(errors="replace")
    return f"{'…' if start else ''}{text}{'…' if start + SHOWN_BYTES < len(body) else ''}"


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog="qizhang verify",
        description="核对视图和期限与事件是否一致 / compare views and deadlines with the events",
    )
    parser.add_argument("--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    return parser
