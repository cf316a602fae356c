"""`qizhang bus`: received messages that could not be applied, for an operator to see, apply again, or give up.

They stand in the receiver's own log, whichever bus brought them, so that this works beside a running ledger.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from services.cli.arguments import EXIT_OK, BilingualParser
from services.cli.logs import PART_BY_NAME, opened
from shared.config import DATA_FOLDER_DEFAULT
from shared.eventstore.port import EventLog, ParkedMessage
from shared.kernel.errors import LedgerError

COMMAND: Final = "qizhang bus"
EXIT_STILL_PARKED: Final = 1
# As many as a receiver parks before its partition stops.
PARKED_MAX: Final = 2000

Selection = tuple[str, str, str, int]


def run(argv: list[str]) -> int:
    """The command: 0, or 1 when something asked for stays parked."""
    arguments = _parser().parse_args(argv)
    action = {"parked": _show, "replay": _replay, "discard": _discard}[arguments.action]
    return asyncio.run(_with_log(arguments, action))


async def _with_log(arguments: Any, action: Any) -> int:
    async with opened(arguments.data, PART_BY_NAME[arguments.service], arguments.location) as log:
        code: int = await action(log, arguments)
        return code


async def _show(log: EventLog[Any], arguments: Any) -> int:
    messages = await _chosen(log, arguments)
    for message in messages:
        print(_line(message))
    print(f"搁置 {len(messages)} 条 / {len(messages)} parked")
    return EXIT_OK


async def _replay(log: EventLog[Any], arguments: Any) -> int:
    """Apply again, oldest first: a feed goes on as far as its first message that still cannot be applied."""
    applied = 0
    for message in sorted(await _chosen(log, arguments), key=_place):
        receipt = await log.receive(message.envelope)
        applied += receipt.kind in ("applied", "repeat")
    left = len(await _chosen(log, arguments))
    print(f"已应用 {applied} 条，仍搁置 {left} 条 / {applied} applied, {left} still parked")
    return EXIT_STILL_PARKED if left else EXIT_OK


async def _discard(log: EventLog[Any], arguments: Any) -> int:
    """Give one message up on record, for a reason; its followers can then be applied again."""
    chosen = [message for message in await _chosen(log, arguments) if message.envelope.event_id == arguments.event]
    if not chosen or not arguments.reason:
        print(f"{COMMAND}: discard needs --event ID of a parked message, and --reason", file=sys.stderr)
        print(f"{COMMAND}：discard 需要 --event（搁置消息的标识）和 --reason（原因）", file=sys.stderr)
        return EXIT_STILL_PARKED
    try:
        await log.discard_parked(chosen[0].envelope, arguments.reason)
    except LedgerError as error:
        print(f"{COMMAND}: {error.code}: {error}\n{COMMAND}：{error.title_zh}", file=sys.stderr)
        return EXIT_STILL_PARKED
    print(f"已放弃并记录 / given up on record: {_line(chosen[0])}")
    return EXIT_OK


async def _chosen(log: EventLog[Any], arguments: Any) -> Sequence[ParkedMessage]:
    return [
        message
        for message in await log.parked(PARKED_MAX)
        if arguments.key in (None, message.envelope.key) and arguments.tenant in (None, message.envelope.tenant)
    ]


def _place(message: ParkedMessage) -> Selection:
    envelope = message.envelope
    return envelope.tenant, f"{envelope.source} {envelope.topic}", envelope.key, envelope.n


def _line(message: ParkedMessage) -> str:
    envelope = message.envelope
    return (
        f"{message.parked_at} {envelope.tenant} {envelope.source} {envelope.topic} {envelope.key} n={envelope.n}"
        f" {envelope.type} event={envelope.event_id}: {message.reason}"
    )


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog=COMMAND,
        description="查看、重放或放弃被搁置的消息 / show, apply again or give up parked messages",
    )
    parser.add_argument("action", choices=("parked", "replay", "discard"), help="查看、重放、放弃 / what to do")
    parser.add_argument("--service", required=True, choices=sorted(PART_BY_NAME), help="接收方服务 / the receiver")
    parser.add_argument("--data", type=Path, default=Path(DATA_FOLDER_DEFAULT), help="数据目录 / data folder")
    parser.add_argument("--location", help="日志位置（如 postgresql://…?schema=…） / the log, instead of a data folder")
    parser.add_argument("--tenant", help="仅此租户 / of this tenant only")
    parser.add_argument("--key", help="仅此合同 / of this contract only")
    parser.add_argument("--event", help="事件标识（discard） / the event to give up")
    parser.add_argument("--reason", help="放弃的原因，将被记录 / why it is given up, kept on record")
    return parser
