"""A copy of a public event that calls the parts of the contract by their names, from which a sentence is made."""

from __future__ import annotations

from msgspec.structs import replace

from shared.deadlines.model import Deadline
from shared.public_events.envelope import PublicEvent
from shared.public_events.naming import NameOf, part_of
from shared.public_events.submissions import Submission

# The fields of public events that hold the id of a part, or several, and what kind of part it is.
FIELDS = {"item": "item", "milestone": "milestone", "line": "line", "waits_for": "item"}
LISTS = {"items": "item", "milestones": "milestone"}


def named(event: PublicEvent, names: NameOf) -> PublicEvent:
    """The event with names in the place of ids; what has no name keeps its id."""
    changes: dict[str, object] = {}
    for field in event.__struct_fields__:
        value = getattr(event, field)
        if field in FIELDS:
            changes[field] = names.get((FIELDS[field], value), value)
        elif field in LISTS and all(isinstance(part, str) for part in value):
            changes[field] = tuple(names.get((LISTS[field], part), part) for part in value)
        elif isinstance(value, Deadline):
            changes[field] = _named_deadline(value, names)
        elif isinstance(value, Submission):
            name = names.get(("deliverable", value.deliverable), value.deliverable)
            changes[field] = replace(value, deliverable=name)
    return replace(event, **changes)


def _named_deadline(deadline: Deadline, names: NameOf) -> Deadline:
    called = names.get(part_of(deadline))
    if called is None:
        return deadline
    return replace(deadline, item=called) if deadline.item else replace(deadline, subject=called)
