"""Every feed is without gaps and doubles: as it was published, as it stands on the topic, and as it was received."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from shared.messages.events import FeedReceived, Recorded
from shared.public_events.envelope import Envelope

Feed = tuple[str, str, str, str]
"""(source, tenant, topic, key)"""


class OnTopics(Struct, frozen=True, kw_only=True):
    """What was found on the topics: how many records, how many of them repeats, and what is wrong."""

    records: int
    repeats: int
    found: list[str]


def published_dense(outbox: Iterable[Envelope]) -> list[str]:
    """Whether each feed of an outbox is numbered from 1 without gaps, in the order of the outbox."""
    newest: dict[Feed, int] = defaultdict(int)
    found = []
    for envelope in outbox:
        feed = feed_of(envelope)
        newest[feed] += 1
        if envelope.n != newest[feed]:
            found.append(f"{_name(feed)}: number {envelope.n} was given where {newest[feed]} should be")
    return found


def on_topics(outbox: Iterable[Envelope], records: Sequence[Envelope]) -> OnTopics:
    """Whether the topics hold what was published: everything, in order, and whatever is there twice the same twice."""
    seen: dict[Feed, list[Envelope]] = defaultdict(list)
    found: list[str] = []
    for record in records:
        feed = feed_of(record)
        known = seen[feed]
        if record.n == len(known) + 1:
            known.append(record)
        elif record.n > len(known):
            found.append(f"{_name(feed)}: number {record.n} came when {len(known) + 1} was expected")
        elif known[record.n - 1] != record:
            found.append(f"{_name(feed)}: number {record.n} is there twice with different content")
    sent = _by_feed(outbox)
    for feed in sent.keys() | seen.keys():
        if seen[feed] != sent.get(feed, []):
            found.append(f"{_name(feed)}: {len(sent.get(feed, []))} published, {len(seen[feed])} on the topic")
    first = sum(len(known) for known in seen.values())
    return OnTopics(records=len(records), repeats=len(records) - first, found=found)


def received_all(wanted: Iterable[Envelope], events: Iterable[Recorded]) -> list[str]:
    """Whether a receiver's log holds what it subscribed to: each message once, as version n of its feed."""
    got: dict[Feed, list[tuple[int, int, str]]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, FeedReceived):
            feed = event.data
            got[feed.source, event.tenant, feed.topic, feed.key].append((event.version, feed.n, feed.event_id))
    expected: Mapping[Feed, Sequence[Envelope]] = _by_feed(wanted)
    return [
        f"{_name(feed)}: {len(expected.get(feed, ()))} published, received {_ranges(got[feed])}"
        for feed in expected.keys() | got.keys()
        if got[feed] != [(envelope.n, envelope.n, envelope.event_id) for envelope in expected.get(feed, ())]
    ]


def feed_of(envelope: Envelope) -> Feed:
    """The feed that a message belongs to."""
    return envelope.source, envelope.tenant, envelope.topic, envelope.key


def _by_feed(envelopes: Iterable[Envelope]) -> dict[Feed, list[Envelope]]:
    feeds: dict[Feed, list[Envelope]] = defaultdict(list)
    for envelope in envelopes:
        feeds[feed_of(envelope)].append(envelope)
    return feeds


def _name(feed: Feed) -> str:
    source, tenant, topic, key = feed
    return f"{topic} {tenant}/{key} from {source}"


def _ranges(got: Sequence[tuple[int, int, str]]) -> str:
    return ", ".join(str(n) for _, n, _ in got)
