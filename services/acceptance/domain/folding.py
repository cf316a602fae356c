"""What the folds of several subjects do to an item, strict about the phase that an event can follow (R-408)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.state import Received
from shared.kernel.instants import Instant
from shared.messages.events import Recorded
from shared.public_events.submissions import Discrepancy, Submission

P = TypeVar("P", bound=Struct)


def cannot_follow(item: Item, recorded: Recorded) -> TypeError:
    """The error for an event that cannot follow on the phase of the item."""
    return TypeError(f"{recorded.type} cannot follow on {type(item.phase).__name__}")


def not_of_item(recorded: Recorded) -> TypeError:
    """The error for an event that no fold of an item knows."""
    return TypeError(f"{recorded.type} does not belong to an item")


def expect(item: Item, phase: type[P], recorded: Recorded) -> P:
    """The phase of the item, which has to be `phase`."""
    if not isinstance(item.phase, phase):
        raise cannot_follow(item, recorded)
    return item.phase


def with_discrepancies(item: Item, discrepancies: Iterable[Discrepancy]) -> Item:
    """The item with these discrepancies, new or changed."""
    changed = {found.discrepancy_id: found for found in discrepancies}
    return replace(item, discrepancies={**item.discrepancies, **changed})


def with_received(item: Item, submissions: tuple[Submission, ...], received_at: Instant, recorded: Recorded) -> Item:
    """The item with newer versions of deliverables."""
    fresh = {
        submission.deliverable: Received(submission=submission, received_at=received_at, event_id=recorded.event_id)
        for submission in submissions
    }
    return replace(item, received={**item.received, **fresh})


def objected(item: Item) -> Item:
    """Who objects does not stand by what he had signed."""
    return replace(item, forms_given=tuple(act for act in item.forms_given if act.signature.side != "customer"))
