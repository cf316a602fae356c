"""How far the feeds of a log are, while a batch goes on: what is known of them, and what the batch adds."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.eventstore.store import FeedHead, FeedId, Known
from shared.kernel.ids import derived_id
from shared.public_events.envelope import Envelope


@dataclass(kw_only=True)
class Feed:
    """One feed: its newest number, the range of its parked messages (0: none), and what this batch applied."""

    last: int
    parked_from: int
    parked_to: int
    applied: dict[int, str] = field(default_factory=dict)

    def apply(self, n: int, event_id: str) -> None:
        """The next number is in the log, parked before or not."""
        self.last = n
        self.applied[n] = event_id
        if self.parked_from == n:
            self.parked_from = n + 1 if self.parked_to > n else 0

    def park(self, n: int) -> None:
        """The message waits for an operator."""
        self.parked_from = min(self.parked_from or n, n)
        self.parked_to = max(self.parked_to, n)

    def waits_behind_parked(self, n: int) -> bool:
        """Whether a message with a smaller number of the same feed is parked."""
        return 0 < self.parked_from < n

    def is_early(self, n: int) -> bool:
        """Whether the predecessor is neither in the log nor parked."""
        return n > max(self.last, self.parked_to) + 1


class Feeds:
    """The feeds that the messages of a batch belong to."""

    def __init__(self, known: Known) -> None:
        self._known = known.feeds
        self._feeds: dict[FeedId, Feed] = {}

    def of(self, tenant: str, stream: str, n: int) -> Feed:
        """The feed of a message, with what the batch has done to it."""
        feed = self._feeds.get((tenant, stream))
        if feed is None:
            head = self._head(tenant, stream, n)
            feed = Feed(last=head.last, parked_from=head.parked_from, parked_to=head.parked_to)
            self._feeds[tenant, stream] = feed
        return feed

    def event_id(self, tenant: str, stream: str, n: int) -> str | None:
        """The id of the event that stands under a number of the feed."""
        return self.of(tenant, stream, n).applied.get(n) or self._head(tenant, stream, n).event_id

    def _head(self, tenant: str, stream: str, n: int) -> FeedHead:
        return self._known[tenant, stream, n]


def received_event_id(envelope: Envelope) -> str:
    """The id of the event that records the receipt of a message; another message under the same number differs."""
    return derived_id(
        "received",
        envelope.tenant,
        envelope.source,
        envelope.topic,
        envelope.key,
        str(envelope.n),
        envelope.event_id,
    )
