"""The terms become items: planned at signing, re-planned when a change takes effect (R-211)."""

from __future__ import annotations

from services.acceptance.domain import reasons
from services.acceptance.domain.deciders.ending import close
from services.acceptance.domain.deciders.review_start import start_if_ready
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import ItemPlanned, ItemReplanned
from shared.kernel.instants import Instant
from shared.public_events.terms import ItemTerm, Terms


def needs(term: ItemTerm, terms: Terms) -> tuple[tuple[str, ...], ...]:
    """What makes the set complete (R-128): every required deliverable, or one of each group of alternatives (R-044)."""
    groups: dict[str, tuple[str, ...]] = {}
    for deliverable in terms.deliverables:
        name = deliverable.deliverable_id
        if name in term.deliverables and deliverable.required:
            group = deliverable.alternative_group or f"={name}"
            groups[group] = (*groups.get(group, ()), name)
    return tuple(groups.values())


def plan_items(draft: DecisionDraft, at: Instant) -> None:
    """Plan the items of the terms that are not known yet."""
    terms = draft.state.terms
    for term in terms.items:
        if term.item_id not in draft.state.items:
            draft.record(
                ItemPlanned(
                    contract=draft.contract,
                    item=term.item_id,
                    term=term,
                    needs=needs(term, terms),
                    terms_version=terms.version,
                    customer=terms.customer.organisation,
                    provider=terms.provider.organisation,
                ),
                at,
            )


def re_plan_items(draft: DecisionDraft, at: Instant, cited: str) -> None:
    """New terms hold for what is open: items change, are added, or are taken out; what is terminal stays (R-148)."""
    terms = draft.state.terms
    planned = {term.item_id: term for term in terms.items}
    plan_items(draft, at)
    for name, item in draft.state.items.items():
        if item.is_terminal:
            continue
        if name not in planned:
            reason = reasons.taken_out_by_terms(terms.version)
            close(draft, name, reason=reason, rule="R-211", at=at)
        elif (planned[name], needs(planned[name], terms)) != (item.term, item.needs):
            draft.record(
                ItemReplanned(
                    contract=draft.contract,
                    item=name,
                    term=planned[name],
                    needs=needs(planned[name], terms),
                    terms_version=terms.version,
                ),
                at,
            )
            start_if_ready(draft, name, cited, at)
