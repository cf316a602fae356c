"""From a published catalogue document and what the parties fill in to the terms of a contract (R-014, R-020).

The terms are a whole snapshot: everything that a later deadline or guard needs stands in them, and nothing is looked up
in the catalogue again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from services.contracts.domain.catalogue import (
    Acceptance,
    Deliverable,
    Milestone,
    Named,
    Period,
    ServiceDocument,
    of_editions,
)
from services.contracts.domain.commands import DraftBody, PartyBody
from services.contracts.domain.errors import ConditionUnknown, EditionUnknown, PartiesNotDistinct
from services.contracts.domain.parameters import Plan, with_parameters
from services.contracts.domain.pricing import checked_price
from shared.kernel.actors import Side
from shared.public_events.terms import (
    AfterCareTerm,
    DeliverableTerm,
    ItemTerm,
    MilestoneTerm,
    Party,
    Terms,
)

TRAINING_ZH = "培训"

# The names of items that the document leaves without one.
LAYER_NAMES_ZH: dict[str, str] = {"set": "全部交付物", "project": "项目", "phase": "阶段", "milestone": "里程碑"}

# Timer and rule of the review period by profile (R-151, timer register).
REVIEW_TIMERS: dict[str, tuple[str, str]] = {
    "A-WRITTEN-5WD-AUTO": ("T-07", "R-129"),
    "A-SIGN-5WD-NO-DEEMED": ("T-08", "R-151"),
    "A-5WD-DEEMED-REWORK-5WD": ("T-09", "R-177"),
    "A-FULL-DISCREPANCY": ("T-11", "R-171"),
    "A-5WD-ONLINE-OR-WRITTEN-NO-DEEMED": ("T-16", "R-151"),
    "A-ONLINE-7D-NO-DEEMED": ("T-17", "R-151"),
    "A-UPLOAD-7D-AUTO": ("T-20", "R-185"),
    "A-30D-DEEMED": ("T-22", "R-189"),
}
# Any other acceptor of a document is one person of the customer.
ACCEPTORS: dict[str, Literal["both_sides", "both_pms"]] = {
    "both_sides": "both_sides",
    "both_project_managers": "both_pms",
}
STARTED_BY_SUBMISSION = frozenset({"submitted", "received", "uploaded", "delivered"})


def draft_terms(
    contract: str, version: int, body: DraftBody, document: ServiceDocument, revision: int, sha256: str
) -> Terms:
    """The terms of a draft, with every refusal that they can meet.

    `document` is revision `revision` of the service, `sha256` the hash of its content.
    """
    if body.customer.organisation == body.provider.organisation:
        raise PartiesNotDistinct(field="provider.organisation")
    chosen = _chosen_editions(body, document)
    deliverables = _deliverables(of_editions(document.deliverables, chosen), body.conditions)
    items = _items(of_editions(document.acceptance, chosen), deliverables)
    plan = with_parameters(
        Plan(
            items=items,
            milestones=_milestones(of_editions(document.milestones, chosen), deliverables, items),
            after_care=_after_care(document, chosen),
        ),
        body.parameters,
    )
    price = checked_price(body, frozenset(item.item_id for item in items), has_warranty=bool(plan.after_care))
    return Terms(
        contract=contract,
        version=version,
        number=body.number,
        name=body.name,
        catalog_service=body.catalog_service,
        catalog_revision=revision,
        catalog_sha256=sha256,
        editions=body.editions,
        customer=_party("customer", body.customer),
        provider=_party("provider", body.provider),
        calendar=body.calendar,
        cutoff=body.cutoff,
        currency=body.currency,
        tax_rate=Decimal(body.tax_rate),
        price_rows=price.rows,
        price_total=price.total,
        payment_lines=price.lines,
        deliverables=deliverables,
        items=plan.items,
        milestones=plan.milestones,
        after_care=plan.after_care,
    )


def _party(side: Side, body: PartyBody) -> Party:
    return Party(side=side, organisation=body.organisation, name=body.name, tax_id=body.tax_id)


def _chosen_editions(body: DraftBody, document: ServiceDocument) -> frozenset[str]:
    known = {edition.id for edition in document.editions}
    for edition in body.editions:
        if edition not in known:
            raise EditionUnknown(edition, field="editions")
    return frozenset(body.editions)


def _deliverables(entries: Iterable[Deliverable], conditions: Mapping[str, bool]) -> tuple[DeliverableTerm, ...]:
    """Conditional deliverables are required only if their condition is marked true (R-043)."""
    entries = tuple(entries)
    conditional = {entry.id for entry in entries if entry.conditional}
    for name in conditions:
        if name not in conditional:
            raise ConditionUnknown(name, field=f"conditions.{name}")
    return tuple(
        DeliverableTerm(
            deliverable_id=entry.id,
            name_zh=entry.name_zh,
            name_en=entry.name_en,
            phase_zh=entry.phase_zh or "",
            type_zh=entry.type_zh or "",
            file_expected=entry.type_zh != TRAINING_ZH,
            required=entry.blocking and (not entry.conditional or conditions.get(entry.id, False)),
            alternative_group=entry.alternative_group or "",
        )
        for entry in entries
    )


def _covered(covers: tuple[Named, ...], deliverables: tuple[DeliverableTerm, ...]) -> tuple[DeliverableTerm, ...]:
    names = {cover.name_zh for cover in covers if cover.kind == "deliverable"}
    return tuple(deliverable for deliverable in deliverables if deliverable.name_zh in names)


def _items(entries: Iterable[Acceptance], deliverables: tuple[DeliverableTerm, ...]) -> tuple[ItemTerm, ...]:
    return tuple(_item(entry, _covered(entry.covers, deliverables)) for entry in entries)


def _item(entry: Acceptance, covered: tuple[DeliverableTerm, ...]) -> ItemTerm:
    objection = entry.objection
    timer, rule = REVIEW_TIMERS.get(entry.profile, ("", "R-151"))
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
        silence=entry.silence,
        use_is_acceptance=entry.use_is_acceptance,
        acceptor=ACCEPTORS.get(entry.acceptor or "", "acceptor"),
        forms=entry.forms,
        criteria=tuple(statement.text_zh or statement.text_en for statement in entry.criteria),
        discrepancies=objection is not None and objection.kind == "written_discrepancies",
        response_period=_text(entry.rework_period),
        re_review_period=_text(objection.re_review_period) if objection else None,
        re_review_silence_passes=bool(objection and objection.re_review_silence),
        discussion_period=_text(objection.discussion_period) if objection else None,
        any_person_stops_silence=bool(objection and objection.any_person_stops),
        neutral_reply_stops=bool(objection and objection.neutral_reply_stops),
        after=entry.after,
        confirms=entry.confirms,
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


def _milestones(
    entries: Iterable[Milestone], deliverables: tuple[DeliverableTerm, ...], items: tuple[ItemTerm, ...]
) -> tuple[MilestoneTerm, ...]:
    return tuple(
        _milestone(f"m{number}", entry, _covered(entry.covers, deliverables), items)
        for number, entry in enumerate(entries, start=1)
    )


def _milestone(
    milestone_id: str, entry: Milestone, covered: tuple[DeliverableTerm, ...], items: tuple[ItemTerm, ...]
) -> MilestoneTerm:
    """A milestone waits for the submission of what it covers, or for the items that accept it."""
    submitted = entry.met_when == "submitted"
    phases = {cover.name_zh for cover in entry.covers if cover.kind == "phase"}
    names = {deliverable.deliverable_id for deliverable in covered}
    return MilestoneTerm(
        milestone_id=milestone_id,
        name_zh=entry.name_zh,
        name_en=entry.name_en,
        offset=entry.offset_text() or "",
        deliverables=tuple(deliverable.deliverable_id for deliverable in covered if submitted and deliverable.required),
        items=tuple(
            item.item_id
            for item in items
            if item.phase_zh in phases or (not submitted and not names.isdisjoint(item.deliverables))
        ),
        met_when="submitted" if submitted else "accepted",
    )


def _after_care(document: ServiceDocument, chosen: frozenset[str]) -> tuple[AfterCareTerm, ...]:
    """Warranties (R-246); they run by the calendar and do not roll (R-011)."""
    return tuple(
        AfterCareTerm(
            care_id="warranty",
            name_zh=entry.name_zh,
            kind="warranty",
            period=f"{text}!" if (text := _text(entry.period)) else "",
            needs_trial_run_end=entry.starts == "acceptance_and_trial_run_end",
        )
        for entry in of_editions(document.after_care, chosen)
        if entry.kind == "warranty"
    )
