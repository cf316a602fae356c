"""One request can be followed through the logs of the services: HTTP, event, feed, reaction, and back."""

from __future__ import annotations

from typing import Any

from services.demo.player import Player
from shared.eventstore.port import PAGE_MAX
from shared.messages.events import FeedReceived, Recorded
from tests.e2e.world import CONTRACT, drafted, services_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


async def log_of(player: Player, service: str) -> list[Recorded]:
    """What a service has recorded, without reference data."""
    log: Any = services_of(player)[service].log
    return [event for event in await log.read(0, PAGE_MAX) if event.scope == f"contract/{CONTRACT}"]


def of_type(events: list[Recorded], kind: str) -> Recorded:
    """The only event of a type."""
    (found,) = (event for event in events if kind in (event.type, getattr(event.data, "type", "")))
    return found


async def test_correlation_causation_and_trace_go_from_http_through_the_feeds_and_back(embedded: Player) -> None:
    await drafted(embedded)
    terms = await embedded.read("wang", f"/contracts/{CONTRACT}/terms")
    signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
    path = f"/contracts/{CONTRACT}/signatures"
    await embedded.act("chen", path, signature, "first")
    answer = await embedded.send("zhao", path, signature, "second", {"traceparent": TRACEPARENT})
    await embedded.settle()

    contracts, acceptance = await log_of(embedded, "contracts"), await log_of(embedded, "acceptance")
    signed = of_type(contracts, "contracts.contract_signed.v1")
    assert signed.event_id in answer.body["events"]
    fed = of_type(acceptance, "contracts.contract_signed.v1")
    assert isinstance(fed.data, FeedReceived)
    assert fed.data.event_id == fed.causation_id == signed.event_id
    requested = of_type(acceptance, "acceptance.invoice_requested.v1")
    assert requested.causation_id == signed.event_id
    back = of_type(contracts, "acceptance.invoice_requested.v1")
    assert back.causation_id == requested.event_id
    chain = (signed, fed, requested, back)
    assert {event.correlation_id for event in chain} == {signed.correlation_id}
    assert all(event.traceparent and event.traceparent.split("-")[1] == TRACE for event in chain)
