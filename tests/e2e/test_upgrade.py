"""A service is upgraded while its old process still runs: what the new build writes ends the old one (R-460)."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from services.hosting.process import EXIT_OUTDATED
from services.notifier.service import NOTIFIER
from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.commands.service import Facts, Service
from shared.commands.system import system_command
from shared.eventstore.log import open_log
from shared.identity.issuer import DevelopmentIssuer
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import EVERY_TOPIC
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.messages.events import Event, NewEvent
from shared.messages.registry import Registry
from shared.public_events.scopes import contract_scope
from tests.support.believed import identity_variables
from tests.support.kafka import own_topics
from tests.support.logs import in_schema

WAIT_S = 120.0


class NoticeRead(Event, frozen=True, kw_only=True):
    """An event that the next version of the notifier writes."""

    TOPIC: ClassVar[str] = "notifier.notice_read.v1"


def decide_next(state: Any, command: Command[Any], facts: Facts) -> Decision:
    """The next version decides something new."""
    event = NewEvent(stream=command.stream, data=NoticeRead(), effective_at=command.context.received_at)
    return Decision(events=(event,))


NEXT: Service[Any] = dataclasses.replace(
    NOTIFIER,
    events=Registry((NoticeRead,), "TOPIC"),
    evolve=lambda state, recorded: state,
    decide=decide_next,
    to_public=lambda state, recorded: (),
)


@pytest.fixture
async def settings(kafka_bootstrap: str) -> KafkaSettings:
    return await own_topics(kafka_bootstrap, EVERY_TOPIC)


@pytest.fixture
def old(settings: KafkaSettings, fresh_schema: tuple[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The notifier of this build as a process, which answers already."""
    dsn, schema = fresh_schema
    environment = {
        "QIZHANG_DATABASE": dsn,
        "QIZHANG_SCHEMA": schema,
        "QIZHANG_KAFKA": settings.bootstrap,
        "QIZHANG_KAFKA_PREFIX": settings.prefix,
        **identity_variables(tmp_path, DevelopmentIssuer(tmp_path)),
        "QIZHANG_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "services.notifier"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("notifier http"), process.communicate()
            yield process
        finally:
            process.kill()


async def test_r_460_the_old_process_stops_when_the_log_holds_what_it_does_not_know(
    old: subprocess.Popen[str], fresh_schema: tuple[str, str]
) -> None:
    legal = SystemLegalClock()
    log = await open_log(NEXT, in_schema(*fresh_schema), legal, SystemMachineClock())
    command = system_command(
        "notifier", "demo", contract_scope("C-1"), "notice-1", NoticeRead(), key=("read",), received_at=legal.now()
    )
    await log.submit(command)
    await log.close()
    _, said = old.communicate(timeout=WAIT_S)
    assert old.returncode == EXIT_OUTDATED, said
    assert "upgrade it" in said and "请升级" in said
