"""Which contract an event belongs to: the views of contracts are kept by contract."""

from __future__ import annotations

from shared.messages.events import FeedDiscarded, Recorded
from shared.public_events.scopes import contract_scope

_PREFIX = contract_scope("")


def contract_key(recorded: Recorded) -> str:
    """The id of the event's contract; empty for catalogue and calendars, and for what was given up on record."""
    if not recorded.scope.startswith(_PREFIX) or isinstance(recorded.data, FeedDiscarded):
        return ""
    return recorded.scope.removeprefix(_PREFIX)


def keys_of_contract(recorded: Recorded) -> tuple[str, ...]:
    """The one document of the event's contract, where there is one."""
    key = contract_key(recorded)
    return (key,) if key else ()
