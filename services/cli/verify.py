"""`qizhang verify`: compares read models, deadline rows and every stored derivation with a replay of the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from services.cli.arguments import EXIT_OK, BilingualParser
from services.cli.logs import PART_BY_NAME, opened
from services.runtime import Part
from shared.config import DATA_FOLDER_DEFAULT
from shared.deadlines.verify import deadline_differences, fired_for_review
from shared.kernel.instants import beijing_text
from shared.projections.verify import differences
from shared.web.server import run as run_loop

EXIT_DIFFERENCE = 1

# A document is shown up to the place where it differs, and so many bytes around it.
SHOWN_BYTES = 120


def run(argv: list[str]) -> int:
    """The command; exit code 1 when anything differs."""
    arguments = _parser().parse_args(argv)
    return run_loop(_verify(arguments.data))


async def _verify(folder: Path) -> int:
    clean = True
    for part in PART_BY_NAME.values():
        found = [line async for line in _found(folder, part)]
        clean = clean and not found
        print(f"{part.name}: " + ("一致 / agrees with its log" if not found else "有差异 / differs from its log"))
        for line in found:
            print(f"  {line}")
        for line in await _for_review(folder, part):
            print(f"  {line}")
    return EXIT_OK if clean else EXIT_DIFFERENCE


async def _found(folder: Path, part: Part) -> AsyncIterator[str]:
    async with opened(folder, part) as log:
        for view in part.views:
            for difference in await differences(log, view):
                yield f"{view.name} {difference.tenant}/{difference.key}"
                for line in shown_difference(difference.live, difference.replayed):
                    yield f"  {line}"
        for deadline in await deadline_differences(log, part.service):
            yield f"期限 deadline {deadline.tenant}/{deadline.deadline_id} @{deadline.position}: {deadline.what}"


async def _for_review(folder: Path, part: Part) -> list[str]:
    """What stands although a later calendar would have extended it: no difference, but somebody should look (R-404)."""
    async with opened(folder, part) as log:
        return [
            f"待复核 for review (R-404): {found.tenant}/{found.deadline.contract} {found.deadline.item} "
            f"{found.deadline.kind}: {beijing_text(found.fired_due_at)} -> {beijing_text(found.due_at_by_newest)}"
            for found in await fired_for_review(log, part.service)
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
