"""An item ends, by acceptance or closing, and what follows from it in the same decision.

Its periods end, items that come after it start their review, duties after acceptance begin, payment lines fall due.
"""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.deciders.aftercare import start_after_care
from services.acceptance.domain.deciders.review_start import start_waiting_reviews
from services.acceptance.domain.deciders.settlement import settle
from services.acceptance.domain.draft import LEDGER, DecisionDraft
from services.acceptance.domain.events import ItemAccepted, ItemClosed
from services.acceptance.domain.state import GivenForm
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant
from shared.public_events.submissions import Basis
from shared.public_events.terms import Signature


def accept(
    draft: DecisionDraft,
    name: str,
    *,
    basis: Basis,
    rule: str,
    effective_at: Instant,
    decided_at: Instant,
    actor: Actor = LEDGER,
    acts: tuple[GivenForm, ...] = (),
    signatures: tuple[Signature, ...] = (),
    grounds: tuple[str, ...] = (),
    deadline: str = "",
) -> str:
    """Accept an item, terminally (R-148); deemed acceptance has the same effect (R-188).

    `acts` are those that accept it explicitly, `signatures` those of an agreement that does.
    `decided_at` is when the act that ends the item's periods was received, for a lapse the due instant. Returns the
    id of the acceptance.
    """
    signatures = (*signatures, *(given.signature for given in acts))
    accepted = draft.record(
        ItemAccepted(
            contract=draft.contract,
            item=name,
            basis=basis,
            rule=rule,
            content=draft.item(name).content,
            form=acts[-1].form if acts else "",
            forms=tuple(dict.fromkeys(given.form for given in acts)),
            signatures=signatures,
            grounds=grounds,
            deadline=deadline,
            report_unsigned=not signatures,
        ),
        effective_at,
        actor,
    )
    _follow(draft, name, "accepted", accepted, decided_at)
    return accepted


def close(draft: DecisionDraft, name: str, *, reason: str, rule: str, at: Instant, actor: Actor = LEDGER) -> None:
    """End an item without acceptance (R-158)."""
    closed = draft.record(ItemClosed(contract=draft.contract, item=name, reason=reason, rule=rule), at, actor)
    _follow(draft, name, "closed", closed, at)


def _follow(draft: DecisionDraft, name: str, reason: str, event: str, at: Instant) -> None:
    timers.end(draft, name, timers.ALL_KINDS, reason=reason, met_by=event, at=at)
    start_waiting_reviews(draft, event, at)
    start_after_care(draft, event, at)
    settle(draft)
