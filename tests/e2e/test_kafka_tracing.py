"""One contract's life over a real broker is one connected graph of traces: by parents within, by links between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path

import aiohttp
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.demo.player import Player
from services.demo.world import EmbeddedWorld
from services.hosting.embedded import VIRTUAL_GRACE_S, EmbeddedLedger
from shared.eventstore.port import PAGE_MAX
from shared.kafka.bus import KafkaBus
from shared.kafka.settings import KafkaSettings
from shared.kafka.topics import EVERY_TOPIC
from shared.kernel.clock import VirtualLegalClock
from tests.e2e.world import CONTRACT, DUE, MORE_PEOPLE, requested_lines, services_of, under_review
from tests.support.kafka import own_topics
from tests.support.tracing import recorded_spans

Edge = tuple[str, str]


@pytest.fixture
def recorded() -> Iterator[InMemorySpanExporter]:
    """Every span that ends while the test runs."""
    with recorded_spans() as exporter:
        yield exporter


@pytest.fixture
async def settings(kafka_bootstrap: str) -> KafkaSettings:
    return await own_topics(kafka_bootstrap, EVERY_TOPIC)


@pytest.fixture
async def carried(
    tmp_path: Path, legal: VirtualLegalClock, session: aiohttp.ClientSession, settings: KafkaSettings
) -> AsyncIterator[Player]:
    """The four services, with a real broker between them."""
    async with EmbeddedLedger(
        tmp_path,
        legal=legal,
        grace_s=VIRTUAL_GRACE_S,
        bus=lambda machine: KafkaBus(settings, legal, machine, owner="one"),
    ) as ledger:
        await ledger.settle()
        yield Player(EmbeddedWorld(ledger, legal), session, people=MORE_PEOPLE)


def edges_of(finished: Iterable[ReadableSpan]) -> set[Edge]:
    """Traces that a span of one links to the other."""
    return {
        (f"{span.context.trace_id:032x}", f"{linked.context.trace_id:032x}")
        for span in finished
        for linked in span.links
    }


def apart(traces: Sequence[str], edges: Iterable[Edge]) -> set[str]:
    """The traces that cannot be reached from the first one, over whatever other traces lie between."""
    reached, last = {traces[0]}, set[str]()
    pairs = list(edges)
    while reached != last:
        last = set(reached)
        for one, other in pairs:
            if one in reached or other in reached:
                reached |= {one, other}
    return set(traces) - reached


async def traces_of(player: Player) -> list[str]:
    """The traces of everything that any service has recorded about the contract, in order of appearance."""
    found: dict[str, None] = {}
    for runtime in services_of(player).values():
        for event in await runtime.log.read(0, PAGE_MAX):
            if event.scope == f"contract/{CONTRACT}":
                assert event.traceparent, event.type
                found[event.traceparent.split("-")[1]] = None
    return list(found)


async def test_the_life_of_a_contract_is_one_connected_graph(carried: Player, recorded: InMemorySpanExporter) -> None:
    await under_review(carried)
    await carried.until(DUE)
    await carried.settle()
    assert await requested_lines(carried) == ["advance", "rest"]
    traces, edges = await traces_of(carried), edges_of(recorded.get_finished_spans())
    # Each act over HTTP began a trace of its own, and so did the ticker when the deadline was due.
    assert len(traces) > 10
    assert apart(traces, edges) == set()
    assert apart(traces, ()) == set(traces[1:]), "without links the acts have nothing to do with each other"
