"""`qizhang bus` on a log with a parked message and its follower."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.cli import bus as command
from services.hosting.parts import CONTRACTS_PART
from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import SystemLegalClock
from shared.public_events.submissions import ACCEPTANCE_TOPIC
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import toy_envelope

BAD = replace(toy_envelope("C1", 1, 1), source="acceptance", topic=ACCEPTANCE_TOPIC, type="acceptance.unheard_of.v9")
FOLLOWER = replace(BAD, n=2, event_id="follower")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(_park(tmp_path))
    return tmp_path


async def _park(folder: Path) -> None:
    log: EventLog[object] = await open_log(
        CONTRACTS_PART.service, f"sqlite:///{folder}/contracts.db", SystemLegalClock(), ImpatientClock()
    )
    assert [(await log.receive(envelope)).kind for envelope in (BAD, FOLLOWER)] == ["parked", "parked"]
    await log.close()


def run(folder: Path, *arguments: str) -> int:
    return command.run([*arguments, "--service", "contracts", "--data", str(folder)])


def test_parked_messages_are_shown_with_the_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "parked") == 0
    shown = capsys.readouterr().out
    assert "unheard_of" in shown and "n=2" in shown and "2 parked" in shown
    assert run(folder, "parked", "--key", "C2") == 0
    assert "0 parked" in capsys.readouterr().out


def test_a_replay_that_does_not_help_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "replay") == command.EXIT_STILL_PARKED
    assert "0 applied, 2 still parked" in capsys.readouterr().out


def test_giving_up_needs_a_reason_and_goes_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "discard", "--event", BAD.event_id) == command.EXIT_STILL_PARKED
    assert "--reason" in capsys.readouterr().err
    assert run(folder, "discard", "--event", "follower", "--reason", "x") == command.EXIT_STILL_PARKED
    assert "PREDECESSOR_IS_PARKED" in capsys.readouterr().err
    assert run(folder, "discard", "--event", BAD.event_id, "--reason", "sent by mistake") == 0
    assert run(folder, "discard", "--event", "follower", "--reason", "sent by mistake") == 0
    capsys.readouterr()
    assert run(folder, "parked") == 0
    assert "0 parked" in capsys.readouterr().out
