"""The four services as processes on PostgreSQL and Kafka: a contract from signing to invoice, through a kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from services.cli.run import PEOPLE
from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE
from shared.web.headers import LEDGER_POSITION
from tests.support.cluster import SERVICES, Cluster

# A killed consumer's partitions and a killed relay's lease are free only after their time, on a machine that is busy.
WAIT_S = 150.0
pytestmark = pytest.mark.timeout(400)
TRAINING = "training"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for the tests of this file."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


class Desk:
    """Acts and reads over HTTP at the process of the right service."""

    def __init__(self, cluster: Cluster, session: aiohttp.ClientSession) -> None:
        self._cluster = cluster
        self._session = session
        self._positions: dict[str, str] = {}
        self._tokens = {
            person.subject: cluster.token(person.subject, person.organisation, person.grants) for person in PEOPLE
        }

    async def act(self, service: str, who: str, path: str, body: Any, key: str) -> Any:
        """A command; returns (status, answer). What is read of the service afterwards includes it."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}", "Idempotency-Key": key}
        url = self._cluster.addresses[service] + path
        async with self._session.post(url, json=body, headers=headers) as answer:
            if LEDGER_POSITION in answer.headers:
                self._positions[service] = answer.headers[LEDGER_POSITION]
            return answer.status, await answer.json(content_type=None)

    async def read(self, service: str, who: str, path: str) -> Any:
        """The body of a read, or None while it is not found or the view is behind what was written here."""
        headers = {"Authorization": f"Bearer {self._tokens[who]}"}
        if service in self._positions:
            headers[LEDGER_POSITION] = self._positions[service]
        async with self._session.get(self._cluster.addresses[service] + path, headers=headers) as answer:
            return await answer.json(content_type=None) if answer.status == 200 else None

    async def until(self, service: str, who: str, path: str, holds: Callable[[Any], bool]) -> Any:
        """Read again until the condition holds; fails after WAIT_S."""
        give_up_at = time.monotonic() + WAIT_S
        while not holds(found := await self.read(service, who, path)):
            assert time.monotonic() < give_up_at, f"{path}: {found}"
        return found

    async def signed(self, contract: str) -> None:
        """A contract signed by both sides and known to acceptance."""
        draft = drafts.draft(contract, "alibaba-1", "数据中台建设架构咨询", PRICE)
        await self.until("contracts", "wang", "/contracts", lambda found: found is not None)
        give_up_at = time.monotonic() + WAIT_S
        while (await self.act("contracts", "wang", "/contracts", draft, f"{contract}-draft-{time.monotonic_ns()}"))[
            0
        ] not in (200, 201):
            # The catalogue's revision may still be on its way.
            assert time.monotonic() < give_up_at
        terms = await self.until("contracts", "wang", f"/contracts/{contract}/terms", bool)
        signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
        for who in ("chen", "zhao"):
            status, answer = await self.act(
                "contracts", who, f"/contracts/{contract}/signatures", signature, f"{contract}-{who}"
            )
            assert status in (200, 201), answer
        await self.until("acceptance", "li", f"/contracts/{contract}/items", lambda found: bool(found))

    async def submit(self, contract: str, deliverable: str) -> tuple[int, Any]:
        """Submit a deliverable under a key of its own."""
        path = f"/contracts/{contract}/items/{ITEM}/submissions"
        body = {"deliverable": deliverable, "files": [drafts.file(f"{deliverable}.pdf")]}
        found: tuple[int, Any] = await self.act("acceptance", "wang", path, body, f"{contract}-{deliverable}")
        return found

    async def accept(self, contract: str) -> tuple[int, Any]:
        """The acceptor accepts what is shown."""
        item = await self.until(
            "acceptance",
            "li",
            f"/contracts/{contract}/items/{ITEM}",
            lambda found: bool(found and found["content_sha256"]),
        )
        body = {"form": "written", "content_sha256": item["content_sha256"]}
        path = f"/contracts/{contract}/items/{ITEM}/acceptances"
        found: tuple[int, Any] = await self.act("acceptance", "li", path, body, f"{contract}-accept")
        return found

    async def invoices(self, contract: str, count: int) -> list[str]:
        """The lines requested for a contract, in order, once there are `count`."""

        def lines(page: Any) -> list[str]:
            requests = [entry["requested"] for entry in page["items"] if entry["requested"]]
            return [request["line"] for request in requests if request["contract"] == contract]

        def enough(page: Any) -> bool:
            return page is not None and len(lines(page)) >= count

        return lines(await self.until("acceptance", "finance", "/invoice-requests", enough))


@pytest.fixture
async def desk(cluster: Cluster) -> AsyncIterator[Desk]:
    """Somebody at the cluster."""
    async with aiohttp.ClientSession() as session:
        yield Desk(cluster, session)


async def test_a_contract_runs_from_signing_to_invoice_through_four_processes(desk: Desk) -> None:
    await desk.signed("D-1")
    for deliverable in (*DOCUMENTS, TRAINING):
        status, answer = await desk.submit("D-1", deliverable)
        assert status in (200, 201), answer
    deadlines = await desk.until(
        "contracts", "li", "/contracts/D-1/deadlines", lambda found: bool(found and found["items"])
    )
    assert any(deadline["kind"] == "review" for deadline in deadlines["items"])
    status, answer = await desk.accept("D-1")
    assert status in (200, 201), answer
    await desk.until("contracts", "li", "/contracts/D-1", lambda found: bool(found) and found["state"] == "completed")
    assert await desk.invoices("D-1", 2) == ["advance", "rest"]


async def test_r_461_a_killed_service_loses_nothing_and_doubles_nothing(cluster: Cluster, desk: Desk) -> None:
    await desk.signed("D-2")
    for deliverable in DOCUMENTS:
        status, answer = await desk.submit("D-2", deliverable)
        assert status in (200, 201), answer
    cluster.stop("acceptance", signal.SIGKILL)
    cluster.start("acceptance")
    repeated = [await desk.submit("D-2", deliverable) for deliverable in (*DOCUMENTS, TRAINING)]
    assert all(status in (200, 201) for status, _ in repeated)
    cluster.stop("contracts", signal.SIGKILL)
    status, answer = await desk.accept("D-2")
    assert status in (200, 201), answer
    cluster.start("contracts")
    await desk.until("contracts", "li", "/contracts/D-2", lambda found: bool(found) and found["state"] == "completed")
    assert await desk.invoices("D-2", 2) == ["advance", "rest"]


def test_a_process_drains_on_sigterm_and_ends_with_zero(cluster: Cluster) -> None:
    for service in SERVICES:
        if service not in cluster.processes:
            cluster.start(service)
        assert cluster.stop(service) == 0, cluster.log_of(service)
        cluster.start(service)


def test_a_process_names_what_its_environment_lacks_and_shows_no_secret(tmp_path: Path) -> None:
    secret = "postgresql://ledger:hunter2@localhost/ledger"
    ended = subprocess.run(
        [sys.executable, "-m", "services.contracts"],
        env={"PATH": os.environ["PATH"], "QIZHANG_DATABASE": secret},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    assert ended.returncode == 1
    assert "QIZHANG_JWKS_FILE" in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
