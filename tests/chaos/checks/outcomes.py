"""Contracts end as their people were told, and finance is asked for each line once (R-148, R-442).

In: how each life ended by what the ledger answered, and what acceptance published. Out: what does not agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from shared.public_events.acceptance import Accepted
from shared.public_events.envelope import Envelope
from shared.public_events.invoicing import InvoiceRequested
from shared.public_events.language import PUBLIC_LANGUAGE
from tests.chaos.lives import Outcome


def as_told(outcomes: Iterable[Outcome], outbox: Iterable[Envelope]) -> list[str]:
    """Whether each item was accepted once, on the basis that its people were told, or not at all."""
    bases: dict[tuple[str, str], list[str]] = defaultdict(list)
    for envelope in outbox:
        event = PUBLIC_LANGUAGE.decode(envelope.type, envelope.data)
        if isinstance(event, Accepted):
            bases[event.contract, event.item].append(event.basis)
    return [
        f"{outcome.contract}/{outcome.item}: told {outcome.basis}, accepted {bases[outcome.contract, outcome.item]}"
        for outcome in outcomes
        if bases[outcome.contract, outcome.item] != ([] if outcome.basis == "none" else [outcome.basis])
    ]


def requested_once(messages: Iterable[Envelope]) -> list[str]:
    """Whether each line and generation is requested once, under an id of its own."""
    events = [PUBLIC_LANGUAGE.decode(envelope.type, envelope.data) for envelope in messages]
    requests = [event for event in events if isinstance(event, InvoiceRequested)]
    places = Counter(f"{request.contract}/{request.line} generation {request.generation}" for request in requests)
    ids = Counter(request.request_id for request in requests)
    return [f"{place} is requested {times} times" for place, times in places.items() if times > 1] + [
        f"request id {id} is used {times} times" for id, times in ids.items() if times > 1
    ]


def requested_as_due(outcomes: Iterable[Outcome], messages: Iterable[Envelope]) -> list[str]:
    """Whether what finance was asked for is what is due, line by line: so that it adds up to the price."""
    requested: dict[str, dict[str, str]] = defaultdict(dict)
    for envelope in messages:
        event = PUBLIC_LANGUAGE.decode(envelope.type, envelope.data)
        if isinstance(event, InvoiceRequested):
            requested[event.contract][event.line] = str(event.amount)
    return [
        f"{outcome.contract}: {dict(outcome.requested)} is due, {requested[outcome.contract]} is requested"
        for outcome in outcomes
        if requested[outcome.contract] != outcome.requested
    ]
