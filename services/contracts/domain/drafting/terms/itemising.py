"""From the acceptance entries of a catalogue document to the acceptance items of a contract.

One item for each deliverable where the document has one timer for each (R-130), one for a whole set elsewhere (R-129).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from services.contracts.domain.catalogue.document import Acceptance, Named, Period
from shared.public_events.terms import DeliverableTerm, ItemTerm

# The names of items that the document leaves without one.
LAYER_NAMES_ZH: dict[str, str] = {
    "deliverable": "交付物",
    "set": "全部交付物",
    "project": "项目",
    "phase": "阶段",
    "milestone": "里程碑",
    "report": "报告",
    "ticket": "服务请求",
}

# Timer and rule of the review period by profile (R-151, timer register).
REVIEW_TIMERS: dict[str, tuple[str, str]] = {
    "A-WRITTEN-5WD-AUTO": ("T-07", "R-129"),
    "A-SIGN-5WD-NO-DEEMED": ("T-08", "R-151"),
    "A-5WD-DEEMED-REWORK-5WD": ("T-09", "R-177"),
    "A-FULL-DISCREPANCY": ("T-11", "R-171"),
    "A-5WD-ONLINE-OR-WRITTEN-NO-DEEMED": ("T-16", "R-151"),
    "A-ONLINE-7D-NO-DEEMED": ("T-17", "R-151"),
    "A-TICKET-7D-CLOSE": ("T-19", "R-194"),
    "A-UPLOAD-7D-AUTO": ("T-20", "R-185"),
    "A-30D-DEEMED": ("T-22", "R-189"),
}
AT_CONTRACT_EXPIRY = ("T-18", "R-319")
# Silence on a request closes it and accepts nothing.
CLOSED_BY_SILENCE = frozenset({"A-TICKET-7D-CLOSE"})
# Any other acceptor of a document is one person of the customer.
ACCEPTORS: dict[str, Literal["both_sides", "both_pms"]] = {
    "both_sides": "both_sides",
    "both_project_managers": "both_pms",
}
STARTED_BY_SUBMISSION = frozenset({"submitted", "received", "uploaded", "delivered", "solution_sent"})


class Itemised(Struct, frozen=True, kw_only=True):
    """The items, and those that accept a milestone by its name in the document."""

    items: tuple[ItemTerm, ...]
    of_milestone: Mapping[str, tuple[str, ...]]


def itemise(entries: Iterable[Acceptance], deliverables: tuple[DeliverableTerm, ...], packs: int = 1) -> Itemised:
    """The items of the acceptance entries; what comes before an item is only what the contract has (R-153).

    Each of the `packs` that were bought is accepted by itself (R-131).
    """
    drafted = [(entry, _of_entry(entry, covered_of(entry.covers, deliverables), packs)) for entry in entries]
    of_entry = {entry.id: tuple(item.item_id for item in items) for entry, items in drafted}
    of_milestone = {
        cover.name_zh: of_entry[entry.id]
        for entry, _ in drafted
        for cover in entry.covers
        if entry.layer == "milestone" and cover.kind == "milestone"
    }
    items = tuple(
        replace(item, after=_items_of(entry.after, of_entry), confirms=_items_of(entry.confirms, of_entry))
        for entry, own in drafted
        for item in own
    )
    return Itemised(items=items, of_milestone=of_milestone)


def _items_of(entries: Iterable[str], of_entry: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(item for entry in entries for item in of_entry.get(entry, ()))


def covered_of(covers: tuple[Named, ...], deliverables: tuple[DeliverableTerm, ...]) -> tuple[DeliverableTerm, ...]:
    """The deliverables of the contract among what an entry or a milestone covers."""
    names = {cover.name_zh for cover in covers if cover.kind == "deliverable"}
    return tuple(deliverable for deliverable in deliverables if deliverable.name_zh in names)


def _of_entry(entry: Acceptance, covered: tuple[DeliverableTerm, ...], packs: int) -> tuple[ItemTerm, ...]:
    """One item, one for each pack, or one for each deliverable: alternatives together, what is not required not."""
    if packs > 1 and any(cover.kind == "pack" for cover in entry.covers):
        item = _item(entry, covered)
        return tuple(_numbered(item, number) for number in range(1, packs + 1))
    if entry.layer != "deliverable" or len(covered) < 2:
        return (_item(entry, covered),)
    groups: dict[str, tuple[DeliverableTerm, ...]] = {}
    for deliverable in covered:
        if deliverable.required:
            name = deliverable.alternative_group or deliverable.deliverable_id
            groups[name] = (*groups.get(name, ()), deliverable)
    return tuple(_single(entry, name, group) for name, group in groups.items())


def _single(entry: Acceptance, name: str, group: tuple[DeliverableTerm, ...]) -> ItemTerm:
    return replace(
        _item(entry, group),
        item_id=f"{entry.id}.{name}",
        name_zh=" / ".join(deliverable.name_zh for deliverable in group),
        name_en=" / ".join(deliverable.name_en for deliverable in group),
    )


def _numbered(item: ItemTerm, number: int) -> ItemTerm:
    return replace(
        item,
        item_id=f"{item.item_id}.{number}",
        name_zh=f"{item.name_zh}（第{number}个服务包）",
        name_en=f"{item.name_en}, pack {number}",
    )


def _item(entry: Acceptance, covered: tuple[DeliverableTerm, ...]) -> ItemTerm:
    objection = entry.objection
    timer, rule = REVIEW_TIMERS.get(entry.profile, ("", "R-151"))
    if entry.starts == "contract_expiry":
        timer, rule = AT_CONTRACT_EXPIRY
    return ItemTerm(
        item_id=entry.id,
        name_zh=entry.name_zh or _only(cover.name_zh for cover in entry.covers) or LAYER_NAMES_ZH[entry.layer],
        name_en=entry.name_en,
        layer=entry.layer,
        profile=entry.profile,
        phase_zh=_phase(entry, covered),
        deliverables=tuple(deliverable.deliverable_id for deliverable in covered),
        review_period=_text(entry.review_period),
        review_timer=timer if entry.review_period else "",
        review_rule=rule if entry.review_period else "",
        starts=_starts(entry),
        silence=entry.silence and entry.profile not in CLOSED_BY_SILENCE,
        silence_closes=True if entry.silence and entry.profile in CLOSED_BY_SILENCE else UNSET,
        use_is_acceptance=entry.use_is_acceptance,
        acceptor=ACCEPTORS.get(entry.acceptor or "", "acceptor"),
        forms=entry.forms,
        forms_needed="all" if entry.forms_needed == "all" and len(entry.forms) > 1 else UNSET,
        criteria=tuple(statement.text_zh or statement.text_en for statement in entry.criteria),
        discrepancies=objection is not None and objection.kind == "written_discrepancies",
        response_period=_text(entry.rework_period),
        re_review_period=_text(objection.re_review_period) if objection else None,
        re_review_silence_passes=bool(objection and objection.re_review_silence),
        discussion_period=_text(objection.discussion_period) if objection else None,
        any_person_stops_silence=bool(objection and objection.any_person_stops),
        neutral_reply_stops=bool(objection and objection.neutral_reply_stops),
    )


def _text(period: Period | None) -> str | None:
    return period.text() if period else None


def _only(names: Iterable[str]) -> str:
    found = tuple(names)
    return found[0] if len(found) == 1 else ""


def _phase(entry: Acceptance, covered: tuple[DeliverableTerm, ...]) -> str:
    phases = {cover.name_zh for cover in entry.covers if cover.kind == "phase"}
    return _only(phases | {deliverable.phase_zh for deliverable in covered})


def _starts(entry: Acceptance) -> Literal["received_all", "submitted", "none"]:
    """What starts the review (R-129, R-130); without a review period nothing does."""
    if entry.review_period is None:
        return "none"
    if entry.starts == "received_all":
        return "received_all"
    return "submitted" if entry.starts in STARTED_BY_SUBMISSION else "none"
