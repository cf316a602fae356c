"""What a process of the cluster hands on of what it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.hosting import notifications
from services.hosting.parts import PARTS
from services.hosting.process import ServiceProcess
from services.hosting.process_config import process_config
from shared.config import Environment

TOLD = {
    "QIZHANG_DATABASE": "postgresql://u:p@nowhere/l",
    "QIZHANG_KAFKA": "nowhere:1",
    "QIZHANG_ISSUER": "https://id.example",
    "QIZHANG_AUDIENCE": "qizhang",
    "QIZHANG_JWKS_URL": "https://id.example/jwks",
    "QIZHANG_LEASE_S": "3",
}


async def test_the_life_of_a_lease_is_that_of_the_sender_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A dead sender was missed only after the usual life of a lease, whatever the operator had said."""
    lives: list[float] = []

    @asynccontextmanager
    async def sending_of(*anything: Any, lease_life_s: float = 0.0, **more: Any) -> AsyncIterator[str]:
        lives.append(lease_life_s)
        yield "sender"

    monkeypatch.setattr(notifications, "sending_of", sending_of)
    (notifier,) = (part for part in PARTS if part.name == "notifier")
    told = Environment({**TOLD, "QIZHANG_WEBHOOK_KEY_FILE": str(tmp_path / "master.key")})
    process = ServiceProcess(notifier, process_config(told, "notifier"))
    async with AsyncExitStack() as stack:
        await process._start_own_work(stack, cast(Any, SimpleNamespace()), cast(Any, SimpleNamespace()))
    assert lives == [3.0]
