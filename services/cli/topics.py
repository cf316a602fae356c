"""`qizhang topics`: makes the topics on the broker as they are defined, or tells where they differ."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from services.cli.arguments import EXIT_OK, BilingualParser
from shared.config import ConfigError, process_environment
from shared.kafka.register import KafkaRegister, RegisterUnavailable
from shared.kafka.settings import KafkaSettings, kafka_settings
from shared.kafka.topic_admin import BrokerUnavailable, Difference, apply, differences
from shared.kafka.topics import EVERY_TOPIC, INBOUND_SERVICES
from shared.membership.register import Entry, databases, ledger_of

COMMAND: Final = "qizhang topics"
EXIT_DIFFERENCE: Final = 1
EXIT_UNAVAILABLE: Final = 3


def run(argv: list[str]) -> int:
    """The command: 0 when all is as defined (now), 1 when `check` found differences, 3 without a broker."""
    arguments = _parser().parse_args(argv)
    action = arguments.action
    try:
        settings = kafka_settings(process_environment())
        if action == "release":
            return asyncio.run(_release(settings, arguments.service or ""))
        found = asyncio.run((apply if action == "apply" else differences)(settings, EVERY_TOPIC))
    except ConfigError as error:
        print(f"{COMMAND}: {error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    except (BrokerUnavailable, RegisterUnavailable) as error:
        print(f"{COMMAND}: the broker cannot be reached: {error}\n{COMMAND}：无法连接 Kafka：{error}", file=sys.stderr)
        return EXIT_UNAVAILABLE
    _show(found, applied=action == "apply")
    return EXIT_DIFFERENCE if found and action == "check" else EXIT_OK


async def _release(settings: KafkaSettings, service: str) -> int:
    """The database of a service is gone for good: the next that starts takes its place in the register."""
    register = KafkaRegister(settings, "cli")
    try:
        entries = await register.entries()
        ledger = ledger_of(entries)
        if ledger is None or service not in databases(entries):
            print(f"{COMMAND}: no database of {service} is registered", file=sys.stderr)
            print(f"{COMMAND}：未登记 {service} 的数据库", file=sys.stderr)
            return EXIT_DIFFERENCE
        await register.append(Entry(ledger=ledger, service=service, released=True))
    finally:
        await register.close()
    print(f"{service}: 已注销其数据库的登记 / its database is no longer registered")
    return EXIT_OK


def _show(found: Sequence[Difference], *, applied: bool) -> None:
    for difference in found:
        print(f"{difference.topic}: {difference.what}: {difference.found or '-'} -> {difference.expected}")
    if not found:
        print(f"{len(EVERY_TOPIC)} 个主题均符合定义 / {len(EVERY_TOPIC)} topics are as defined")
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
    parser.add_argument(
        "action",
        choices=("apply", "check", "release"),
        help="创建并修正；只检查；注销某服务已永久丢失的数据库 / put right, only look, or release a service's lost database",
    )
    parser.add_argument("service", nargs="?", choices=sorted(INBOUND_SERVICES), help="服务（release）/ the service")
    return parser
