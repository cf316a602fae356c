"""Every answer that occurs is documented: schemathesis asks every operation, as its document allows and as it forbids.

A status, media type, header or body that the document does not have, a request taken in that it forbids, a request
without a token that is answered and a defect of ours (500) each fail.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.demo.player import Player
from tests.architecture.source import ROOT
from tests.e2e.world import services_of, signed

CONFIG = ROOT / "tests/e2e/schemathesis.toml"
MANY = 40
TIMEOUT_S = 600


async def asked(player: Player, folder: Path, document: dict[str, Any], *options: str) -> tuple[int, str]:
    """The exit code of a run over a document, and what it said."""
    described = folder / "openapi.json"
    described.write_text(json.dumps(document), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"),
        *("--config-file", str(CONFIG), "run", str(described), "--url", player.world.address("")),
        *("--header", f"Authorization: {player.authorization('wang')['Authorization']}", *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(TIMEOUT_S):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def document_of(player: Player) -> dict[str, Any]:
    """The document that the ledger serves."""
    async with aiohttp.ClientSession() as session, session.get(player.world.address("/openapi.json")) as response:
        found: dict[str, Any] = await response.json()
        return found


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("service", ["notifier"])
async def test_every_answer_of_every_operation_is_documented(embedded: Player, tmp_path: Path, service: str) -> None:
    await signed(embedded)
    document = await document_of(embedded)
    code, said = await asked(embedded, tmp_path, document, "--include-tag", service)
    assert code == 0, said
    assert services_of(embedded).keys() >= {service}


async def test_a_planted_undocumented_answer_is_caught(embedded: Player, tmp_path: Path) -> None:
    await signed(embedded)
    document = await document_of(embedded)
    del document["paths"]["/contracts/{contract}/items/{item}"]["get"]["responses"]["404"]
    code, said = await asked(embedded, tmp_path, document, "--include-operation-id", "readItem")
    assert code == 1, said
    assert "[404] Not Found" in said, said
