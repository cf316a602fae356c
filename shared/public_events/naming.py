"""What people call the parts of a contract and its periods, by the terms: items, milestones, payment lines, warranty.

An event names a part by its id; a sentence or a notice about it names the part as the terms do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.deadlines.model import Deadline
from shared.public_events.codes import DEADLINE_KINDS
from shared.public_events.terms import Terms
from shared.public_events.words import Words, words

# The kind of a part and its id: a payment line and an item may have the same id.
Part = tuple[str, str]
NameOf = Mapping[Part, str]

# What the subject of a deadline is, by its kind; others (a change, a risk) are called by the id that the parties chose.
SUBJECTS = {"milestone": "milestone", "after_care_end": "care", "trial_run_answer": "care"}


class Names(NamedTuple):
    """Names of the parts of a contract, for a Chinese and for an English sentence."""

    zh: NameOf
    en: NameOf


def names_of(terms: Terms) -> Names:
    """The names of the parts of a contract by kind and id."""
    zh: dict[Part, str] = {}
    en: dict[Part, str] = {}
    for line in terms.payment_lines:
        zh["line", line.line_id] = line.name_zh
    for deliverable in terms.deliverables:
        part = "deliverable", deliverable.deliverable_id
        zh[part], en[part] = deliverable.name_zh, deliverable.name_en
    for milestone in terms.milestones:
        part = "milestone", milestone.milestone_id
        zh[part], en[part] = milestone.name_zh, milestone.name_en
    for item in terms.items:
        zh["item", item.item_id], en["item", item.item_id] = item.name_zh, item.name_en
    for care in terms.after_care:
        zh["care", care.care_id] = care.name_zh
    return Names(_quoted(zh), _quoted(en))


def part_of(deadline: Deadline) -> Part:
    """What a deadline is about: an item, or what its kind says."""
    return ("item", deadline.item) if deadline.item else (SUBJECTS.get(deadline.kind, ""), deadline.subject)


def quoted(name: str) -> str:
    """A name in quotation marks; the title of a document brings its own."""
    return name if name.startswith("《") else f"“{name}”"


def _quoted(names: NameOf) -> NameOf:
    return {part: quoted(name) for part, name in names.items() if name}


def period_words(kind: str, about: Words) -> Words:
    """What a period of `kind` about a part is called: the part comes first, or the kind says it all."""
    match kind:
        case "change_effect":
            return Words(f"变更{about.zh}的生效日", f"date of effect of change {about.en}")
        case "risk_answer":
            return Words(f"风险通报{about.zh}的答复期限", f"answer to risk notice {about.en}")
        case "trial_run_answer":
            # One question about the whole contract.
            named = words(DEADLINE_KINDS, kind)
            return Words(f"{named.zh}期限", named.en)
        case "after_care_end":
            named = words(DEADLINE_KINDS, kind)
            return Words(about.zh or named.zh, named.en)
        case _:
            named = words(DEADLINE_KINDS, kind)
            return Words(f"{about.zh}{named.zh}期限", f"{about.en}: {named.en}" if about.en else named.en)
