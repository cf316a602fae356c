"""What a service hands to the mechanism: its pure functions and its vocabulary, in one value.

The mechanism (writer, bus, ticker, projections) knows a service only through this; it never imports one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.deadlines.model import DeadlineChange
from shared.messages.dictionary import MECHANISM, Dictionary
from shared.messages.events import Event, Recorded
from shared.messages.registry import Registry
from shared.public_events.envelope import PublicMessage

S = TypeVar("S")

# States of other scopes by name, read under the same lock: those of the catalogue (a working calendar, a service), and
# others of the same tenant.
# The mapping loads lazily; a scope without events gives the service's initial state.
Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Service(Generic[S]):
    """One bounded context.

    initial() -> the state of a scope without events;
    evolve(state, recorded) -> state: strict, raises on an event that cannot follow (R-408);
    decide(state, command, facts) -> Decision: pure, raises named refusals;
    react(state, recorded, facts) -> Decision: what follows from a feed event (recorded.data is FeedReceived) that
        `evolve` has just folded into `state`;
    to_public(state, recorded) -> public messages that leave with the event; `state` is the scope after the event.
        What cannot be mapped raises and fails the command;
    deadline_changes(recorded) -> changes of the deadline rows that the event carries;
    scope_of_feed(type, key) -> the scope that a public event belongs to, or None when the whole feed is of no interest
        (`shared.public_events.scopes` has the house rule);
    earlier_stream(stream) -> what older logs call the stream: where its scope has events under that name, it goes on;
    subscriptions: topics it follows, by source service;
    dictionary: what its stored rows have in common, so that they are packed small.
    """

    name: str
    events: Registry[Event]
    initial: Callable[[], S]
    evolve: Callable[[S, Recorded], S]
    decide: Callable[[S, Command[Any], Facts], Decision]
    to_public: Callable[[S, Recorded], tuple[PublicMessage, ...]]
    react: Callable[[S, Recorded, Facts], Decision] | None = None
    deadline_changes: Callable[[Recorded], tuple[DeadlineChange, ...]] = lambda recorded: ()
    scope_of_feed: Callable[[str, str], str | None] = lambda type, key: None
    earlier_stream: Callable[[str], str] = lambda stream: stream
    subscriptions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dictionary: Dictionary = MECHANISM
