"""Every notice comes to the receivers that are well, soon, under one id and as a rule once, whatever the others do.

In: the notifier's log and when it had grown how far, what arrived at the healthy endpoints. Out: what does not agree.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from services.notifier.channels.port import message_body
from services.notifier.channels.webhook import PREFIX
from services.notifier.domain.events import DeliverySucceeded, Notice, NoticeDispatched, NoticePlanned
from shared.kernel.ids import derived_id
from shared.messages.events import Recorded

# From the moment when a notice is planned until it arrives, with the faults that come in between: two replicas that are
# paused one after the other, and a lease to run out. One attempt at a receiver that hangs takes 15 s, and there are
# hundreds: whoever waited for those would come much later.
LATE_S: Final = 150.0
# By a clock further off a receiver would refuse the message as a replay (Standard Webhooks); time on the way included.
SIGNED_APART_S: Final = 60.0
# A sender that is taken away may have one message of each endpoint under way, and one that was stopped a few more.
REPEATS_PER_FAULT: Final = 5


class Arrival(Struct, frozen=True, kw_only=True):
    """A message at an endpoint that is well: `signed_s` is when it says it was sent, `clock_s` when it came, by real
    clocks; `arrived_s` the same by the clock that nobody sets."""

    organisation: str
    endpoint: str
    message: str
    body: bytes
    signed_s: float
    clock_s: float
    arrived_s: float


class Delivered(Struct, frozen=True, kw_only=True):
    """How many messages there were for endpoints that are well, how many came again, the longest wait in seconds."""

    messages: int
    repeats: int
    slowest_s: float
    found: list[str]


class Expected(Struct, frozen=True, kw_only=True):
    """What one endpoint is to get of a notice, and where in the log that was planned."""

    body: bytes
    position: int


class Grown(Struct, frozen=True, kw_only=True):
    """The log had grown to `head` when it was looked at, by the clock that nobody sets."""

    head: int
    at_s: float


Place = tuple[str, str, str]
"""(organisation, endpoint, message id)"""


def is_well(endpoint: str) -> bool:
    """Whether an endpoint takes what it is sent."""
    return endpoint.startswith("good")


def undelivered(events: Iterable[Recorded]) -> list[str]:
    """Notices that have no targets yet, and those that an endpoint that is well has not taken."""
    waiting: dict[tuple[str, str], None] = {}
    for event in events:
        match event.data:
            case NoticePlanned(notice=notice):
                waiting[notice.notice, ""] = None
            case NoticeDispatched(notice=name, targets=targets):
                del waiting[name, ""]
                waiting.update(
                    {(name, target): None for target in targets if is_well(target.removeprefix(PREFIX))},
                )
            case DeliverySucceeded(notice=name, target=target):
                waiting.pop((name, target), None)
            case _:
                pass
    return [f"{target or 'targets'} of notice {name}" for name, target in waiting]


def delivered(
    due: Sequence[Recorded],
    planned: Sequence[Recorded],
    arrived: Sequence[Arrival],
    grown: Sequence[Grown],
    faults: int,
) -> Delivered:
    """What does not agree. `due` is the log when all had to have arrived, `planned` the log after what has `arrived`;
    `grown` are looks at the log, in order; `faults` is how many met the senders.
    """
    expected, known = dict(_expected(due)), dict(_expected(planned))
    first: dict[Place, Arrival] = {}
    found, repeats = [], 0
    endpoints = set()
    for arrival in arrived:
        place = arrival.organisation, arrival.endpoint, arrival.message
        endpoints.add(place[:2])
        repeats += place in first
        first.setdefault(place, arrival)
        if abs(arrival.signed_s - arrival.clock_s) > SIGNED_APART_S:
            found.append(f"{_name(place)} was signed {arrival.signed_s - arrival.clock_s:+.0f} s away from its arrival")
        if place in expected and expected[place].body != arrival.body:
            found.append(f"{_name(place)} is not what the notice says")
    found += [f"{_name(place)} arrived and was never planned" for place in first.keys() - known.keys()]
    found += [f"{_name(place)} did not arrive" for place in expected.keys() - first.keys()]
    waits = {
        place: first[place].arrived_s - _seen_s(grown, expected[place].position)
        for place in expected.keys() & first.keys()
    }
    found += [f"{_name(place)} took {wait_s:.0f} s" for place, wait_s in waits.items() if wait_s > LATE_S]
    if repeats > REPEATS_PER_FAULT * faults * len(endpoints):
        found.append(f"{repeats} messages came again, with {faults} faults and {len(endpoints)} endpoints")
    slowest_s = max(waits.values(), default=0.0)
    return Delivered(messages=len(expected), repeats=repeats, slowest_s=slowest_s, found=found)


def _expected(events: Iterable[Recorded]) -> Iterable[tuple[Place, Expected]]:
    planned: dict[str, tuple[Notice, int]] = {}
    for event in events:
        match event.data:
            case NoticePlanned(notice=notice):
                planned[notice.notice] = notice, event.position
            case NoticeDispatched(notice=name, targets=targets):
                notice, position = planned[name]
                for endpoint in (target.removeprefix(PREFIX) for target in targets if target.startswith(PREFIX)):
                    if is_well(endpoint):
                        place = notice.organisation, endpoint, derived_id("webhook", name, endpoint)
                        yield place, Expected(body=message_body(event.tenant, notice), position=position)


def _seen_s(grown: Sequence[Grown], position: int) -> float:
    """When the log was first seen to hold it."""
    index = bisect_left(grown, position, key=lambda look: look.head)
    return grown[min(index, len(grown) - 1)].at_s


def _name(place: Place) -> str:
    organisation, endpoint, message = place
    return f"{message} at {organisation}/{endpoint}"
