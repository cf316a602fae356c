"""After a database went back everything is received again, and what does not fit is parked, never taken in silence.

In: the feeds as their sources have them, what a service has received of them, and what it has parked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set

from shared.messages.events import FeedReceived, Recorded
from shared.public_events.envelope import Envelope
from tests.chaos.checks.feeds import Feed, feed_of

Numbers = dict[int, str]
"""event ids by their number in a feed"""


def forks_parked(wanted: Iterable[Envelope], events: Iterable[Recorded], parked: Set[str]) -> list[str]:
    """What was numbered anew with another event and is not parked, and what was numbered on and has not arrived.

    A receiver may have more than the source: what that has lost.
    """
    sent: dict[Feed, Numbers] = defaultdict(dict)
    for envelope in wanted:
        sent[feed_of(envelope)][envelope.n] = envelope.event_id
    held: dict[Feed, Numbers] = defaultdict(dict)
    for event in events:
        if isinstance(event.data, FeedReceived):
            feed = event.data
            held[feed.source, event.tenant, feed.topic, feed.key][feed.n] = feed.event_id
    found = []
    for feed, numbers in sent.items():
        source, _, topic, key = feed
        forks = [n for n, event_id in numbers.items() if held[feed].get(n, event_id) != event_id]
        if forks and key not in parked:
            found.append(f"{topic} {key} from {source}: number {forks[0]} is another event than before, and not parked")
        elif not forks and (missing := numbers.keys() - held[feed].keys()) and key not in parked:
            found.append(f"{topic} {key} from {source}: {sorted(missing)} did not arrive")
    return found


def received_or_parked(
    wanted: Iterable[Envelope], events: Iterable[Recorded], parked: Set[tuple[Feed, int]]
) -> list[str]:
    """Feeds that a restored service has not received again, and of which it has not parked what it lacks.

    About a contract that it has lost it can take nothing: then the next message of the feed is parked.
    """
    sent: dict[Feed, list[str]] = defaultdict(list)
    for envelope in wanted:
        sent[feed_of(envelope)].append(envelope.event_id)
    held: dict[Feed, list[str]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, FeedReceived):
            feed = event.data
            held[feed.source, event.tenant, feed.topic, feed.key].append(feed.event_id)
    found = []
    for feed in sent.keys() | held.keys():
        source, _, topic, key = feed
        has = held[feed]
        if has != sent[feed][: len(has)]:
            found.append(f"{topic} {key} from {source}: what was received is not what is published")
        elif len(has) < len(sent[feed]) and (feed, len(has) + 1) not in parked:
            found.append(
                f"{topic} {key} from {source}: number {len(has) + 1} was not received again, and is not parked"
            )
    return found
