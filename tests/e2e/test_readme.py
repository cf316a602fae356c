"""The walk with curl in both READMEs, run line by line against a ledger, with the tokens that `make run` prints."""

from __future__ import annotations

import asyncio
import os
import re
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.cli.run import PEOPLE, token_lines, welcome
from services.hosting.embedded import EmbeddedLedger
from tests.support.processes import child

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
ADDRESS = "http://127.0.0.1:8080"
STEP_TIMEOUT_S = 90.0


def blocks(readme: str) -> list[str]:
    """The shell commands of a README, step by step; the first step only names things."""
    return BLOCK.findall((ROOT / readme).read_text(encoding="utf-8"))


def test_both_readmes_walk_the_same_way() -> None:
    assert blocks("README.md") == blocks("README.zh.md")


@pytest.fixture
async def said(tmp_path: Path) -> str:
    """What the walk prints; the ledger comes to rest between the steps, as it does before a person has read on."""
    names, *steps = blocks("README.md")
    assert ADDRESS in names
    printed = []
    async with EmbeddedLedger(tmp_path) as ledger:
        for step in steps:
            await ledger.settle()
            pasted = "\n".join([*token_lines(ledger), names.replace(ADDRESS, ledger.base_url), step])
            printed.append(await _run(pasted))
    return "".join(printed)


async def _run(commands: str, shell: Sequence[str] = ("bash", "-eu", "-o", "pipefail")) -> str:
    pasted = child(*shell, "-c", commands, cwd=ROOT, env={"PATH": os.environ["PATH"]}, stdout=PIPE, stderr=PIPE)
    async with pasted as process, asyncio.timeout(STEP_TIMEOUT_S):
        out, error = await process.communicate()
    assert (process.returncode, error.decode()) == (0, ""), out.decode()
    return out.decode()


async def test_the_printed_tokens_paste_as_they_are(tmp_path: Path) -> None:
    """Into any sh; and a shell that takes `#` for a word when it talks to a person finds no quote to wait for."""
    async with EmbeddedLedger(tmp_path) as ledger:
        paragraphs = welcome(ledger).split("\n\n")
        (lines,) = (paragraph.splitlines() for paragraph in paragraphs if "ZHANG=" in paragraph)
        shown = " ".join(f'"${person.subject.upper()}"' for person in PEOPLE)
        pasted = (await _run("\n".join([*lines, f"printf '%s\\n' {shown}"]), ("sh", "-eu"))).split()
        verifier, now_s = ledger.issuer.verifier(), ledger.clocks.machine.now()  # type: ignore[union-attr]
        subjects = [verifier.verify(token, now_s).actor.subject for token in pasted]
    assert subjects == [person.subject for person in PEOPLE]
    assert [line for line in lines if set(line) & set("'\"`$!;&|<>()*?[]{}~\\")] == []


async def test_the_walk_with_curl_ends_with_two_invoice_requests(said: str) -> None:
    assert said.count('"outcome":"done"') == 10
    assert '"code":"ACT_FOR_OTHER_SIDE"' in said
    assert '"timer": "T-07"' in said
    assert re.findall(r'"line": "(\w+)"', said) == ["advance", "rest"]
    assert "acceptance.accepted.v1" in said
