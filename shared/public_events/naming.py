"""What people call the parts of a contract and its periods, by the terms: items, milestones, payment lines, warranty.

An event names a part by its id; a sentence or a notice about it names the part as the terms do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shared.public_events.codes import DEADLINE_KINDS
from shared.public_events.terms import Terms
from shared.public_events.words import Words, words


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
    for care in terms.after_care:
        zh[care.care_id] = care.name_zh
    return Names(_quoted(zh), _quoted(en))


def quoted(name: str) -> str:
    """A name in quotation marks; the title of a document brings its own."""
    return name if name.startswith("《") else f"“{name}”"


def _quoted(names: Mapping[str, str]) -> Mapping[str, str]:
    return {key: quoted(name) for key, name in names.items() if name}


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
