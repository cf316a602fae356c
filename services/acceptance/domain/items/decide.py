"""The terms become items: planned at signing, re-planned by changes that take effect (R-211), asked to be changed."""

from __future__ import annotations

from services.acceptance.domain.act import DONE, UNCHANGED_OUTCOME, Act
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.items.errors import NotAcceptedYet
from services.acceptance.domain.items.events import ChangeOfAcceptedRequested, ItemPlanned, ItemReplanned
from services.acceptance.domain.review.consequences import close, start_if_ready
from services.acceptance.domain.review.errors import taken_out_by_terms
from services.acceptance.domain.review.state import Accepted
from shared.commands.decision import Outcome
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
            reason = taken_out_by_terms(terms.version)
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


def request_change_of_accepted(draft: DecisionDraft, act: Act, body: RequestChangeOfAccepted) -> Outcome:
    """A flag on a terminal acceptance, which stays; the change itself goes through change control (R-147, R-205)."""
    item = draft.item(act.item)
    if not isinstance(item.phase, Accepted):
        raise NotAcceptedYet()
    if (body.change, body.reason) in item.change_requests:
        return UNCHANGED_OUTCOME
    draft.record(
        ChangeOfAcceptedRequested(contract=draft.contract, item=act.item, change=body.change, reason=body.reason),
        act.received_at,
        act.by,
    )
    return DONE
