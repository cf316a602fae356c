"""Ids of a contract's parts -> the names that people know them by, in each language.

A public event names items, milestones, deliverables and payment lines by id; `named` gives a copy of it that names them
as the terms do, from which the sentence is then made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from shared.deadlines.model import Deadline
from shared.public_events.envelope import PublicEvent
from shared.public_events.submissions import Submission
from shared.public_events.terms import Terms

# The fields of public events that hold the id of a part, or several.
FIELDS = ("item", "milestone", "line", "waits_for")
LISTS = ("items", "milestones")


class Names(NamedTuple):
    """Names by id, for a Chinese and for an English sentence."""

    zh: Mapping[str, str]
    en: Mapping[str, str]


def names_of(terms: Terms) -> Names:
    """The names of the parts of a contract; an item goes before a deliverable of the same id."""
    zh: dict[str, str] = {}
    en: dict[str, str] = {}
    for line in terms.payment_lines:
        zh[line.line_id] = line.name_zh
    for deliverable in terms.deliverables:
        zh[deliverable.deliverable_id], en[deliverable.deliverable_id] = deliverable.name_zh, deliverable.name_en
    for milestone in terms.milestones:
        zh[milestone.milestone_id], en[milestone.milestone_id] = milestone.name_zh, milestone.name_en
    for item in terms.items:
        zh[item.item_id], en[item.item_id] = item.name_zh, item.name_en
    return Names(_quoted(zh), _quoted(en))


def _quoted(names: Mapping[str, str]) -> Mapping[str, str]:
    """Names stand in quotation marks; titles of documents bring their own."""
    return {key: name if name.startswith("《") else f"“{name}”" for key, name in names.items() if name}


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
