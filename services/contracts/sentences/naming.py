"""A copy of a public event that calls the parts of the contract by their names, from which a sentence is made."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from shared.deadlines.model import Deadline
from shared.public_events.envelope import PublicEvent
from shared.public_events.submissions import Submission

# The fields of public events that hold the id of a part, or several.
FIELDS = ("item", "milestone", "line", "waits_for")
LISTS = ("items", "milestones")


def named(event: PublicEvent, names: Mapping[str, str]) -> PublicEvent:
    """The event with names in the place of ids; what has no name keeps its id."""
    changes: dict[str, object] = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if field in FIELDS:
            changes[field] = names.get(value, value)
        elif field in LISTS and all(isinstance(part, str) for part in value):
            changes[field] = tuple(names.get(part, part) for part in value)
        elif isinstance(value, Deadline):
            item, subject = names.get(value.item, value.item), names.get(value.subject, value.subject)
            changes[field] = replace(value, item=item, subject=subject)
        elif isinstance(value, Submission):
            changes[field] = replace(value, deliverable=names.get(value.deliverable, value.deliverable))
    return replace(event, **changes)
