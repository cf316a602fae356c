"""What a command and a contract take of disk stays within named limits (decision 37): counted in pages, not in time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.messages import canonical
from tests.benchmarks.notebook import NOTEBOOKS
from tests.support.disk import (
    COMMAND_BYTES_MAX,
    CONTRACT_BYTES_MAX,
    EVENT_BYTES,
    bytes_a_contract,
    bytes_of,
    commands,
)
from tests.support.logs import opened

COMMANDS = 1_000
CONTRACTS = 30
# How much less than a limit is used, so that a row more somewhere does not break it.
MARGIN = 0.95


async def test_a_command_of_a_small_event_stays_within_its_bytes(tmp_path: Path) -> None:
    """The event, its message and the answer, in their tables and indexes."""
    async with opened(f"sqlite:///{tmp_path}/log.db", NOTEBOOKS) as log:
        before = bytes_of(tmp_path)
        await asyncio.gather(*(log.submit(command) for command in commands(COMMANDS)))
        [event] = await log.read(0, 1)
        grown = bytes_of(tmp_path) - before
    assert len(canonical.encode(event.data)) in (EVENT_BYTES - 1, EVENT_BYTES)
    assert grown / COMMANDS < MARGIN * COMMAND_BYTES_MAX


@pytest.mark.timeout(120)
async def test_a_contract_of_nine_commands_stays_within_its_bytes(tmp_path: Path) -> None:
    """All four services of an embedded ledger: events, feeds, documents, labels, outbox, answers, deadlines."""
    assert await bytes_a_contract(tmp_path, CONTRACTS) < CONTRACT_BYTES_MAX
