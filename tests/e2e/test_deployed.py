"""The four services as processes of the system: the demo, kill -9, a due instant slept over, and an orderly end.

One cluster for all of it. Its legal time only moves forward, so what comes after the demo takes the time as it is.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from docs.examples import internal_system as system
from services.cli.run import CUSTOMER, TENANT
from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM, PRICE
from services.demo.player import Answer, Player
from services.demo.playing import SCENARIOS
from shared.identity.issuer import ISSUER
from shared.kafka.settings import BOOTSTRAP_VARIABLE
from shared.kernel.instants import plus_seconds
from shared.testing.backends import POSTGRES_DSN_VARIABLE
from shared.testing.kafka_broker import KAFKA_VARIABLE
from tests.e2e.world import NOTICE, requested_lines, signed
from tests.support.cluster import SERVICES
from tests.support.demo_full import play_on_cluster
from tests.support.inbound import KEY, registration
from tests.support.virtual_cluster import VirtualCluster

# As many as the demo has: a check that is left out does not pass.
CHECKS = 154
# What a killed process holds is free after these, so that a test does not wait half a minute for it.
TIMES = {"QIZHANG_SESSION_TIMEOUT_S": "6", "QIZHANG_LEASE_S": "3"}
SET = (*DOCUMENTS, "training")
# The customer's acceptor, through a system that signs for her.
LI = system.Signer(TENANT, "/oa/customer", "oa-customer", KEY)
END_TIMEOUT_S = 150.0
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, postgres_dsn: str, kafka_bootstrap: str
) -> Iterator[VirtualCluster]:
    """One cluster for the tests of this file."""
    servers = {POSTGRES_DSN_VARIABLE: postgres_dsn, KAFKA_VARIABLE: kafka_bootstrap}
    folder = tmp_path_factory.mktemp("cluster")
    keys = folder / "inbound-keys.json"
    keys.write_bytes(
        msgspec.json.encode({"keys": [registration(LI, issuer=ISSUER, subject="li", organisation=CUSTOMER)]})
    )
    settings = {**TIMES, "QIZHANG_INBOUND_KEYS_FILE": str(keys)}
    with VirtualCluster(folder, SCENARIOS[0].begins, settings=settings, servers=servers) as running:
        yield running


@pytest.fixture
async def player(cluster: VirtualCluster) -> AsyncIterator[Player]:
    """A player in the cluster, which is at rest."""
    async with aiohttp.ClientSession() as session:
        player = Player(cluster.world(session), session)
        await player.settle()
        yield player


async def submit(player: Player, contract: str, deliverable: str) -> Answer:
    """Submit a deliverable, always under the same key."""
    path = f"/contracts/{contract}/items/{ITEM}/submissions"
    return await player.send("wang", path, drafts.submission(deliverable), f"{contract}-{deliverable}")


async def under_review(player: Player, contract: str) -> None:
    """Signed, and the whole set submitted."""
    await signed(player, drafts.draft(contract, "alibaba-1", "数据中台建设架构咨询", PRICE))
    for deliverable in SET:
        answer = await submit(player, contract, deliverable)
        assert answer.kind == "done", answer.body
    await player.settle()


async def test_the_demo_passes_every_check_on_four_processes(cluster: VirtualCluster) -> None:
    checks = await play_on_cluster(cluster, lambda line: None)
    assert (checks.passed, checks.failures) == (CHECKS, [])


def test_readiness_names_virtual_legal_time(cluster: VirtualCluster) -> None:
    for address in cluster.addresses.values():
        with urllib.request.urlopen(f"{address}/readyz", timeout=END_TIMEOUT_S) as answer:
            assert b"virtual_legal_time" in answer.read()


async def test_r_461_a_killed_service_loses_nothing_and_doubles_nothing(
    cluster: VirtualCluster, player: Player
) -> None:
    """Killed behind an acknowledgement; the same keys again; then what one says while another is dead."""
    await signed(player, drafts.draft("D-2", "alibaba-1", "数据中台建设架构咨询", PRICE))
    first = [await submit(player, "D-2", deliverable) for deliverable in DOCUMENTS]
    cluster.stop("acceptance", signal.SIGKILL)
    cluster.start("acceptance")
    repeated = [await submit(player, "D-2", deliverable) for deliverable in SET]
    assert [answer.body for answer in repeated[: len(first)]] == [answer.body for answer in first]
    assert repeated[-1].kind == "done"
    await player.settle()

    path = f"/contracts/D-2/items/{ITEM}"
    shown = (await player.read("li", path))["content_sha256"]
    cluster.stop("contracts", signal.SIGKILL)
    accepted = await player.send(
        "li", f"{path}/acceptances", {"form": "written", "content_sha256": shown}, "D-2-accept"
    )
    assert accepted.kind == "done", accepted.body
    cluster.start("contracts")
    await player.settle()
    assert (await player.read("li", "/contracts/D-2"))["state"] == "completed"
    assert await requested_lines(player, "D-2") == ["advance", "rest"]


async def test_r_401_a_process_that_is_dead_over_the_due_instant_changes_nothing(
    cluster: VirtualCluster, player: Player
) -> None:
    await under_review(player, "D-3")
    path = f"/contracts/D-3/items/{ITEM}"
    (deadline,) = (await player.read("li", path))["deadlines"]
    due = deadline["derivation"]["due_at"]
    cluster.stop("acceptance", signal.SIGKILL)
    player.world.set(plus_seconds(due, 60))
    cluster.start("acceptance")
    first = await player.send("li", f"{path}/discrepancies", NOTICE, "D-3-late")
    await player.settle()
    final = await player.send("li", f"{path}/discrepancies", NOTICE, "D-3-late")
    assert first.kind in ("conditional", "without_effect")
    assert (final.kind, final.rule) == ("without_effect", "R-401")
    found = await player.read("li", path)
    assert (found["state"], found["basis"], found["effective_at"]) == ("accepted", "silence", due)
    assert await requested_lines(player, "D-3") == ["advance", "rest"]


async def test_r_401_an_act_that_waited_in_the_topic_over_the_due_instant_counts(
    cluster: VirtualCluster, player: Player
) -> None:
    """Appended in time while the service was down; on virtual time that is what the sender's own time says."""
    await under_review(player, "D-4")
    path = f"/contracts/D-4/items/{ITEM}"
    (deadline,) = (await player.read("li", path))["deadlines"]
    due = deadline["derivation"]["due_at"]
    in_time = plus_seconds(due, -60)
    cluster.stop("acceptance")
    objection = system.Act(
        "D-4-objection",
        "ledger.command.raiseDiscrepancies.v1",
        {"contract": "D-4", "item": ITEM},
        NOTICE,
        time=in_time,
    )
    broker, prefix = cluster.environment[BOOTSTRAP_VARIABLE], cluster.environment.get("QIZHANG_KAFKA_PREFIX", "")
    value, headers = system.record_of(objection, LI)
    async with AIOKafkaProducer(bootstrap_servers=broker, acks="all") as producer:
        topic = prefix + system.INBOUND.format(service="acceptance")
        await producer.send_and_wait(topic, value, key=b"D-4", headers=headers)
    player.world.set(plus_seconds(due, 60))
    cluster.start("acceptance")
    await player.settle()
    found = await player.read("li", path)
    assert found["state"] != "accepted"
    answer = await system.answer(broker, "acceptance", objection, LI, key="D-4", prefix=prefix)
    assert (answer["outcome"], answer["received_at"]) == ("done", in_time), answer
    assert await requested_lines(player, "D-4") == ["advance"]


def test_a_process_drains_on_sigterm_and_ends_with_zero(cluster: VirtualCluster) -> None:
    for service in SERVICES:
        assert cluster.stop(service) == 0, cluster.log_of(service)
        cluster.start(service)


def test_a_process_names_what_its_environment_lacks_and_shows_no_secret(tmp_path: Path) -> None:
    secret = "postgresql://ledger:hunter2@localhost/ledger"
    ended = subprocess.run(
        [sys.executable, "-m", "services.contracts"],
        env={"PATH": os.environ["PATH"], "QIZHANG_DATABASE": secret},
        capture_output=True,
        text=True,
        timeout=END_TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 1
    assert "QIZHANG_JWKS_FILE" in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
