"""The embedded ledger as a whole: it starts, comes to rest, stops and starts again; its commands work beside it."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import stat
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from msgspec.structs import replace

from services.catalog.importing import import_calendar
from services.cli import bus, rebuild, run, verify
from services.cli.run import PEOPLE, port_in_use
from services.hosting.embedded import EmbeddedLedger, NotSettled
from services.hosting.parts import CATALOG_PART, PARTS
from shared.config import ConfigError, HttpConfig, IdentityConfig
from shared.eventstore.log import open_log
from shared.eventstore.port import Document
from shared.identity.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.periods import CalendarYear, DayException, fixed_days
from shared.projections.fold import ALL_LABEL
from shared.public_events.submissions import ACCEPTANCE_TOPIC
from tests.support.processes import child
from tests.support.toy_ledger import toy_envelope

START_TIMEOUT_S = 90.0


async def heads(ledger: EmbeddedLedger) -> dict[str, int]:
    return {name: await runtime.log.head() for name, runtime in ledger.services.items()}


async def test_it_serves_all_services_on_one_port_and_is_ready(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger, aiohttp.ClientSession(ledger.base_url) as session:
        await ledger.settle()
        async with session.get("/readyz") as response:
            assert response.status == 200
        async with session.get("/openapi.json") as response:
            tags = {
                tag for path in (await response.json())["paths"].values() for op in path.values() for tag in op["tags"]
            }
        assert {"contracts", "acceptance"} <= tags


async def test_a_second_start_records_nothing_again(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        first = await heads(ledger)
        published = await ledger.services[CATALOG_PART.name].log.outbox(0)
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        assert await heads(ledger) == first
    assert first["contracts"] == len(published) > 0


async def test_every_service_that_subscribes_knows_the_calendar(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        for part in PARTS:
            if part is not CATALOG_PART:
                state, position = await ledger.services[part.name].log.state("catalog", "calendar/cn")
                assert position and state.calendar.years[0].year == 2004


async def test_what_does_not_settle_is_named(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        contracts = ledger.services["contracts"]
        await contracts.projections.__aexit__(None, None, None)
        days = tuple(DayException(date=day, kind="statutory_holiday") for day in fixed_days(2027))
        year = CalendarYear(year=2027, days=days, source="test")
        await import_calendar(ledger.services["catalog"].log, "cn", [year], ledger.clocks.legal.now())
        with pytest.raises(NotSettled, match="working through the log of contracts"):
            await ledger.settle(timeout_s=3.0)


def test_nobody_stands_on_both_sides() -> None:
    assert len({person.subject for person in PEOPLE}) == len(PEOPLE)


async def test_a_port_in_use_is_said_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with EmbeddedLedger(tmp_path / "first") as ledger:
        port = int(ledger.base_url.rpartition(":")[2])
        http = HttpConfig(port=port)
        assert await run._serve(tmp_path / "second", http, IdentityConfig()) == run.EXIT_CANNOT_START
    said = capsys.readouterr().err
    assert said == port_in_use(http) + "\n"
    assert "已被占用" in said and "is in use" in said and f"--port {port + 1}" in said


async def test_the_command_prints_addresses_and_tokens_and_ends_on_a_signal(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "services", "--data", str(tmp_path), "--port", "0")
    async with child(*command, stdout=PIPE) as process, asyncio.timeout(START_TIMEOUT_S):
        assert process.stdout
        printed = (await process.stdout.readuntil(b"Ctrl-C stops.\n")).decode()
        (base_url,) = re.findall(r"Qizhang is running: (\S+)", printed)
        (token,) = re.findall(r"ZHANG=(\S+)", printed)
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(base_url) as session, session.get("/contracts", headers=headers) as response:
            assert (response.status, (await response.json())["items"]) == (200, [])
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_verify_is_content_and_finds_what_was_tampered_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        assert await verify._verify(tmp_path) == 0  # Beside the running ledger.
    view = CATALOG_PART.views[0]
    log = await open_log(
        CATALOG_PART.service, f"sqlite:///{tmp_path}/catalog.db", SystemLegalClock(), SystemMachineClock()
    )
    position = await log.get_position(view.stored_name)
    forged = Document(tenant="catalog", key="alibaba-1", body=b'{"forged":true}', labels=(ALL_LABEL,))
    assert await log.put_documents(view.stored_name, [forged], position, position + 1)
    await log.close()
    capsys.readouterr()
    assert await verify._verify(tmp_path) == verify.EXIT_DIFFERENCE
    said = capsys.readouterr().out
    assert '{"forged":true}' in said and "catalog: 有差异 / differs from its log" in said
    assert "contracts: 一致 / agrees with its log" in said


async def test_rebuild_beside_a_running_ledger_leaves_the_same_documents(tmp_path: Path) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        catalog = ledger.services["catalog"]
        (services, *_) = CATALOG_PART.views
        before = await catalog.reader.list(services, "catalog", ALL_LABEL, None, 10)
        assert before[0]
        await rebuild._rebuild(tmp_path, [CATALOG_PART], None)
        assert await catalog.reader.list(services, "catalog", ALL_LABEL, None, 10) == before
        assert await verify._verify(tmp_path) == 0


@pytest.mark.parametrize("command", [verify.run, rebuild.run, lambda argv: bus.run(["parked", *argv])])
def test_no_ledger_is_made_by_who_looks_for_one(command: Callable[[list[str]], int], tmp_path: Path) -> None:
    """An empty ledger agrees with everything."""
    missing = tmp_path / "missing"
    extra = ["--service", "contracts"] if command not in (verify.run, rebuild.run) else []
    with pytest.raises(ConfigError, match=r"there is no ledger in .*--data"):
        command([*extra, "--data", str(missing)])
    assert not missing.exists()


async def test_verify_says_what_it_did_not_cover(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with EmbeddedLedger(tmp_path) as ledger:
        await ledger.settle()
        unheard_of = replace(toy_envelope("C-9", 1, 1), source="acceptance", topic=ACCEPTANCE_TOPIC, type="of.v9")
        assert (await ledger.services["contracts"].log.receive(unheard_of)).kind == "parked"
        assert await verify._verify(tmp_path) == verify.EXIT_INCOMPLETE
    said = capsys.readouterr().out
    assert "not covered: 1 parked messages (toys/C-9)" in said
    assert "not covered: whether the log itself was altered" in said


async def test_nobody_else_can_read_the_files_of_a_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    async with EmbeddedLedger(folder) as ledger:
        await ledger.settle()
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert "contracts.db-wal" in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_the_issuer_that_a_ledger_is_told_of_is_the_only_one_it_believes(tmp_path: Path) -> None:
    provider, own = DevelopmentIssuer(tmp_path / "provider"), DevelopmentIssuer(tmp_path / "ledger")
    keys = tmp_path / "keys.json"
    keys.write_bytes(provider.jwks())
    identity = IdentityConfig(issuer=ISSUER, audience=AUDIENCE, jwks_file=keys)
    person = {"subject": "li", "organisation": "acme", "tenant": "demo", "now_s": time.time()}
    async with EmbeddedLedger(tmp_path / "ledger", identity=identity) as ledger:
        assert "ZHANG=" not in run.welcome(ledger) and ISSUER in run.welcome(ledger)
        with pytest.raises(ConfigError):
            ledger.token("li", "acme", "demo")
        async with aiohttp.ClientSession(ledger.base_url) as session:
            for issuer, status in ((provider, 200), (own, 401)):
                headers = {"Authorization": f"Bearer {issuer.token(**person)}"}
                async with session.get("/contracts", headers=headers) as response:
                    assert response.status == status


def test_rebuild_names_the_views_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert rebuild.run(["catalog", "nothing"]) == 2
    assert CATALOG_PART.views[0].name in capsys.readouterr().err


async def test_a_file_that_was_copied_from_another_ledger_does_not_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("first", "second"):
        async with EmbeddedLedger(tmp_path / folder) as ledger:
            await ledger.settle()
    shutil.copy(tmp_path / "first" / "contracts.db", tmp_path / "second" / "contracts.db")
    assert await run._serve(tmp_path / "second", HttpConfig(port=0), IdentityConfig()) == run.EXIT_CANNOT_START
    assert "the database of contracts belongs to the ledger" in capsys.readouterr().err
