"""The checks of outcomes find an acceptance that nobody was told of, and a line that is requested twice or not."""

from __future__ import annotations

import pytest

from shared.public_events.envelope import Envelope
from tests.chaos.checks.outcomes import as_told, requested_as_due, requested_once
from tests.chaos.lives import Basis, Outcome
from tests.unit.chaos.samples import accepted, invoice

REQUESTED = {"advance": "30000.00", "rest": "70000.00"}
REQUESTS = [invoice("advance", "30000.00"), invoice("rest", "70000.00", n=2)]


def outcome(basis: Basis) -> Outcome:
    return Outcome(contract="X-1", item="delivery", basis=basis, requested=REQUESTED)


def test_r_148_an_item_is_accepted_as_its_people_were_told() -> None:
    assert as_told([outcome("silence")], [accepted("silence")]) == []
    assert as_told([outcome("explicit")], [accepted("explicit")]) == []
    assert as_told([outcome("none")], REQUESTS) == []


@pytest.mark.parametrize(
    ("told", "outbox"),
    [
        ("explicit", [accepted("silence")]),
        ("silence", [accepted("explicit")]),
        ("silence", []),
        ("none", [accepted("silence")]),
        ("explicit", [accepted("explicit"), accepted("silence", n=2)]),
    ],
)
def test_r_148_a_planted_other_acceptance_is_found(told: Basis, outbox: list[Envelope]) -> None:
    assert len(as_told([outcome(told)], outbox)) == 1


def test_r_442_each_line_is_requested_once_and_as_it_is_due() -> None:
    assert requested_once(REQUESTS) == []
    assert requested_as_due([outcome("silence")], REQUESTS) == []


@pytest.mark.parametrize(
    "more", [invoice("rest", "70000.00", n=3, request_id="another"), invoice("other", "1.00", request_id="rest-0")]
)
def test_r_442_a_planted_second_request_is_found(more: Envelope) -> None:
    assert len(requested_once([*REQUESTS, more])) == 1


@pytest.mark.parametrize("requests", [REQUESTS[:1], [REQUESTS[0], invoice("rest", "69999.00", n=2)]])
def test_r_442_a_planted_missing_or_wrong_amount_is_found(requests: list[Envelope]) -> None:
    (found,) = requested_as_due([outcome("silence")], requests)
    assert "is due" in found
