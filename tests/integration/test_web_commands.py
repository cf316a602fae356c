"""The conventions of a command over HTTP: key, version, stamps of receipt, and the answer to every kind of outcome."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.commands.command import Command
from shared.commands.decision import Outcome, OutcomeKind, Result
from shared.kernel.errors import (
    Forbidden,
    IdempotencyKeyReused,
    OutcomeNotKnown,
    Refused,
    RequestTooOld,
    StoreUnavailable,
    Unintelligible,
    Unseen,
    VersionConflict,
)
from shared.kernel.ids import derived_id
from shared.web.quotas import QUOTAS
from tests.support.edge import GOOD_BODY, MACHINE_NOW_S, NOW, SEALER, Edge, running_edge
from tests.support.toy_service import OverTheLimit

AT_42 = SEALER.position("demo", 42)


class OrderClosed(Refused):
    """A service's own refusal, which has no row in the table of problems."""

    code = "ORDER_CLOSED"
    rule = "R-148"
    title_en = "The order is closed"
    title_zh = "订单已关闭"


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """The running edge."""
    async with running_edge(tmp_path) as running:
        yield running


def ending(kind: OutcomeKind, **facts: str) -> Result:
    """A result of some kind."""
    return Result(outcome=Outcome(kind=kind, **facts), stream="order-o-1", version=7, position=9, event_ids=("e-9",))


async def test_a_command_is_stamped_with_caller_tenant_key_and_both_times(edge: Edge) -> None:
    await edge.place(key="k-7")
    context = edge.log.submitted[0].context
    assert (context.tenant, context.key, context.received_at) == ("demo", "k-7", NOW)
    assert context.received_machine_s == MACHINE_NOW_S
    assert (context.actor.subject, context.actor.organisation, context.actor.role) == ("zhang", "acme", "")
    assert context.correlation_id == context.command_id
    assert context.expected_version is None


async def test_the_command_id_is_decided_by_caller_key_and_content_alone(edge: Edge) -> None:
    await edge.place(key="k-7")
    await edge.place(key="k-7")
    await edge.place(key="k-8")
    first, again, other = (command.context for command in edge.log.submitted)
    assert first.command_id == again.command_id != other.command_id
    assert first.command_id == derived_id("demo", first.actor.issuer, "zhang", "k-7", first.fingerprint)


async def test_r_420_the_fingerprint_covers_path_and_body_but_not_their_spelling(edge: Edge) -> None:
    spellings = [
        b'{"order": "o-1", "lines": [{"name": "audit", "amount": "10.00"}]}',
        b'{"lines":[{"amount":"10.00","name":"audit"}],"order":"o-1"}',
        b'{"order": "o-1", "lines": [{"name": "audit", "amount": "10.01"}]}',
    ]
    for body in spellings:
        await edge.place(body)
    await edge.client.post("/desks/south/orders", data=spellings[0], headers=edge.headers())
    same, spelled, amended, elsewhere = (command.context.fingerprint for command in edge.log.submitted)
    assert same == spelled
    assert len({same, amended, elsewhere}) == 3


async def test_r_409_receipt_is_stamped_after_the_whole_body_has_been_read(edge: Edge) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b'{"order": "o-1", '
        edge.legal.advance(60)
        yield b'"lines": []}'

    await edge.client.post("/desks/north/orders", data=slowly(), headers=edge.headers())
    assert edge.log.submitted[0].context.received_at == "2026-03-02T01:31:00.000Z"


async def test_done_answers_201_with_the_place_of_what_was_made(edge: Edge) -> None:
    response = await edge.place()
    assert response.status == 201
    assert response.headers["Location"] == "/orders/o-1"
    assert response.headers["ETag"] == 'W/"3"'
    assert response.headers["Ledger-Position"] == f"toy={AT_42}"
    assert await response.json() == {
        "outcome": "done",
        "stream": "order-o-1",
        "version": 3,
        "position": AT_42,
        "events": ["e-1", "e-2"],
        "data": {"order": "o-1"},
    }


@pytest.mark.parametrize(("kind", "status"), [("unchanged", 200), ("conditional", 202)])
async def test_what_needs_no_new_resource_answers_without_a_location(
    edge: Edge, kind: OutcomeKind, status: int
) -> None:
    edge.log.decide = lambda command: ending(kind, rule="R-401")
    response = await edge.place()
    assert response.status == status
    assert "Location" not in response.headers
    assert (await response.json())["outcome"] == kind


async def test_r_401_a_conditional_act_that_was_refused_in_the_end_answers_409(edge: Edge) -> None:
    edge.log.decide = lambda command: ending("refused", code="ORDER_CLOSED", rule="R-148")
    response = await edge.place()
    problem = await response.json()
    assert (response.status, problem["code"], problem["rule"]) == (409, "ORDER_CLOSED", "R-148")


async def test_r_426_without_effect_answers_409_with_the_rule_and_the_event_that_recorded_it(edge: Edge) -> None:
    edge.log.decide = lambda command: ending("without_effect", code="NOTICE_LATE", rule="R-401", detail="one minute")
    response = await edge.place()
    problem = await response.json()
    assert response.status == 409
    assert (problem["code"], problem["rule"], problem["detail"]) == ("NOTICE_LATE", "R-401", "one minute")
    assert problem["events"] == ["e-9"]
    assert problem["type"] == "urn:qizhang:problem:notice-late"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OrderClosed("since March", field="order"), 409, "ORDER_CLOSED"),
        (Forbidden(), 403, "FORBIDDEN"),
        (VersionConflict(), 409, "VERSION_CONFLICT"),
        (IdempotencyKeyReused(), 422, "IDEMPOTENCY_KEY_REUSED"),
        (RequestTooOld(), 503, "REQUEST_TOO_OLD"),
        (StoreUnavailable(), 503, "STORE_UNAVAILABLE"),
        (OutcomeNotKnown(), 503, "OUTCOME_NOT_KNOWN"),
    ],
)
async def test_each_kind_of_error_has_its_status_and_both_titles(
    edge: Edge, error: Exception, status: int, code: str
) -> None:
    def refuse(command: object) -> Result:
        raise error

    edge.log.decide = refuse
    response = await edge.place(Accept_Language="en")
    problem = await response.json()
    assert (response.status, problem["status"], problem["code"]) == (status, status, code)
    assert response.content_type == "application/problem+json"
    assert problem["title"] == problem["title_en"] != problem["title_zh"]
    assert problem["advice"] == problem["advice_en"] != problem["advice_zh"]
    assert len(problem["trace_id"]) == 32
    assert ("Retry-After" in response.headers) == (status == 503)


async def test_a_version_conflict_is_412_when_the_caller_named_a_version(edge: Edge) -> None:
    def refuse(command: object) -> Result:
        raise VersionConflict("version 4 now")

    edge.log.decide = refuse
    response = await edge.place(If_Match='W/"3"')
    assert response.status == 412
    assert edge.log.submitted[0].context.expected_version == 3


@pytest.mark.parametrize("error", [ZeroDivisionError("secret figures"), Unintelligible("acceptance.odd.v9")])
async def test_what_nobody_expected_is_500_with_a_fixed_text_and_the_process_goes_on(
    edge: Edge, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(command: object) -> Result:
        raise error

    good = edge.log.decide
    edge.log.decide = fail
    response = await edge.place()
    text = await response.text()
    assert response.status == 500
    assert "UNEXPECTED" in text
    assert str(error) not in text
    assert str(error) in caplog.text
    edge.log.decide = good
    assert (await edge.place()).status == 201


async def test_the_traceparent_of_the_caller_reaches_the_command(edge: Edge) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    await edge.place(traceparent=f"00-{trace_id}-00f067aa0ba902b7-01")
    await edge.place(traceparent="not one")
    carried, fresh = (command.context.traceparent for command in edge.log.submitted)
    assert carried is not None
    assert carried.split("-")[1] == trace_id
    assert fresh is not None
    assert fresh.split("-")[1] not in (trace_id, "0" * 32)


async def test_a_quoted_key_is_the_same_key(edge: Edge) -> None:
    await edge.place(key='"k-7"')
    assert edge.log.submitted[0].context.key == "k-7"


async def test_what_a_caller_may_have_stored_is_limited_and_answered_429(edge: Edge) -> None:
    """Refusals stand under their keys; who makes up keys is told to wait, and others go on."""

    def refusing(command: Command[Any]) -> Result:
        raise OverTheLimit("10", field="amount")

    edge.log.decide = refusing
    at_once = int(QUOTAS["refusals"]["subject"].at_once)
    for number in range(at_once):
        assert (await edge.place(key=f"k-{number}")).status == 409
    response = await edge.place(key="one-more")
    problem = await response.json()
    assert (response.status, problem["code"], response.headers["Retry-After"]) == (429, "TOO_MANY_REQUESTS", "1")
    assert len(edge.log.submitted) == at_once, "it was not even decided"
    other = {**edge.headers(), "Authorization": f"Bearer {edge.token('li')}"}
    assert (await edge.client.post("/desks/north/orders", data=GOOD_BODY, headers=other)).status == 409
    edge.machine.advance(1)
    assert (await edge.place(key="one-more")).status == 409


async def test_what_a_stranger_is_told_counts_for_nothing_because_nothing_is_stored(edge: Edge) -> None:
    def unseen(command: Command[Any]) -> Result:
        raise Unseen

    edge.log.decide = unseen
    for number in range(int(QUOTAS["refusals"]["subject"].at_once) + 5):
        assert (await edge.place(key=f"k-{number}")).status == 404
