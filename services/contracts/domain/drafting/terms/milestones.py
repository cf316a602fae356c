"""From the milestones of a catalogue document to those of a contract.

A milestone that nothing else accepts is confirmed in writing by both project managers, as an item of its own (R-222).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from services.contracts.domain.catalogue.document import Milestone
from services.contracts.domain.drafting.terms.itemising import Itemised, covered_of
from shared.public_events.terms import DeliverableTerm, ItemTerm, MilestoneTerm

JOINT_PROFILE = "S-JOINT"
JOINT_FORM = "joint_confirmation"


def milestone_terms(
    entries: Iterable[Milestone], deliverables: tuple[DeliverableTerm, ...], itemised: Itemised
) -> tuple[tuple[MilestoneTerm, ...], tuple[ItemTerm, ...]]:
    """The milestones, and the items that are needed only to confirm some of them."""
    milestones: list[MilestoneTerm] = []
    joint: list[ItemTerm] = []
    for number, entry in enumerate(entries, start=1):
        milestone = _milestone(f"m{number}", entry, covered_of(entry.covers, deliverables), itemised)
        if not milestone.items and not milestone.deliverables:
            item = _joint_item(milestone, entry, deliverables, itemised)
            joint.append(item)
            milestone = replace(milestone, items=(item.item_id,), met_when="accepted")
        milestones.append(milestone)
    return tuple(milestones), tuple(joint)


def _milestone(
    milestone_id: str, entry: Milestone, covered: tuple[DeliverableTerm, ...], itemised: Itemised
) -> MilestoneTerm:
    """A milestone waits for the submission of what it covers, or for the items that accept it.

    One that both sides agree on (`confirmed`, A29) waits for neither.
    """
    submitted = entry.met_when == "submitted"
    phases = {cover.name_zh for cover in entry.covers if cover.kind == "phase"}
    names = {deliverable.deliverable_id for deliverable in covered}
    own = itemised.of_milestone.get(entry.name_zh, ())
    return MilestoneTerm(
        milestone_id=milestone_id,
        name_zh=entry.name_zh,
        name_en=entry.name_en,
        offset=entry.offset_text() or "",
        deliverables=tuple(deliverable.deliverable_id for deliverable in covered if submitted and deliverable.required),
        items=tuple(
            item.item_id
            for item in itemised.items
            if entry.met_when != "confirmed"
            and (
                item.item_id in own
                or item.phase_zh in phases
                or (not submitted and not names.isdisjoint(item.deliverables))
            )
        ),
        met_when="submitted" if submitted else "accepted",
    )


def _joint_item(
    milestone: MilestoneTerm, entry: Milestone, deliverables: tuple[DeliverableTerm, ...], itemised: Itemised
) -> ItemTerm:
    """The written confirmation of a milestone, with what it covers and no other item accepts (R-222)."""
    elsewhere = {name for item in itemised.items for name in item.deliverables}
    covered = [deliverable.deliverable_id for deliverable in covered_of(entry.covers, deliverables)]
    return ItemTerm(
        item_id=f"{milestone.milestone_id}.confirmation",
        name_zh=milestone.name_zh,
        name_en=milestone.name_en,
        layer="milestone",
        profile=JOINT_PROFILE,
        deliverables=tuple(name for name in covered if name not in elsewhere),
        acceptor="both_pms",
        forms=(JOINT_FORM,),
    )
