"""`qizhang topics`: makes the topics on the broker as they are defined, or tells where they differ."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from services.cli.arguments import EXIT_OK, BilingualParser
from shared.config import ConfigError, process_environment
from shared.kafka.settings import kafka_settings
from shared.kafka.topic_admin import BrokerUnavailable, Difference, apply, differences
from shared.kafka.topics import TOPICS

COMMAND: Final = "qizhang topics"
EXIT_DIFFERENCE: Final = 1
EXIT_UNAVAILABLE: Final = 3


def run(argv: list[str]) -> int:
    """The command: 0 when all is as defined (now), 1 when `check` found differences, 3 without a broker."""
    action = _parser().parse_args(argv).action
    try:
        settings = kafka_settings(process_environment())
        found = asyncio.run((apply if action == "apply" else differences)(settings, TOPICS))
    except ConfigError as error:
        print(f"{COMMAND}: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except BrokerUnavailable as error:
        print(f"{COMMAND}: the broker cannot be reached: {error}\n{COMMAND}：无法连接 Kafka：{error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    _show(found, applied=action == "apply")
    return EXIT_DIFFERENCE if found and action == "check" else EXIT_OK


def _show(found: Sequence[Difference], *, applied: bool) -> None:
    for difference in found:
        print(f"{difference.topic}: {difference.what}: {difference.found or '-'} -> {difference.expected}")
    if not found:
        print(f"{len(TOPICS)} 个主题均符合定义 / {len(TOPICS)} topics are as defined")
    elif applied:
        print(f"已修正 {len(found)} 处 / {len(found)} differences put right")
    else:
        print(
            f"有 {len(found)} 处差异，可运行 {COMMAND} apply / {len(found)} differences, `{COMMAND} apply` mends them"
        )


def _parser() -> BilingualParser:
    parser = BilingualParser(
        prog=COMMAND,
        description="按定义创建或检查 Kafka 主题（地址见 QIZHANG_KAFKA） / create or check the topics (QIZHANG_KAFKA)",
    )
    parser.add_argument("action", choices=("apply", "check"), help="创建并修正，或只检查 / put right, or only look")
    return parser
