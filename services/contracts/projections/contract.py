"""One document a contract: its state as decisions see it, and what acceptance says of its items and payment lines.

The state is folded by the decider's own `evolve`, so that what is shown is what is decided on.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.evolve import evolve
from services.contracts.domain.state import Contract, Draft, Signed, initial
from services.contracts.domain.streams import contract_stream
from services.contracts.projections.scope import keys_of_contract
from shared.kernel.instants import Instant
from shared.kernel.names import label_name
from shared.messages.events import FeedReceived, Recorded
from shared.projections.view import View, arrival
from shared.public_events import acceptance as a
from shared.public_events.envelope import PublicEvent
from shared.public_events.invoicing import InvoiceRequested, InvoiceReversed
from shared.public_events.language import public_event
from shared.public_events.submissions import Basis, ItemState, state_in_review
from shared.public_events.terms import Party

# Why an overdue review is told to higher roles: the item stays where it is.
REVIEW_OVERDUE = "review_overdue"


class ItemShown(Struct, frozen=True, kw_only=True):
    """An acceptance item as acceptance publishes it; the flags stand beside the state (section H).

    `late` are the deadlines whose flags are up. `before` is the state that an escalation can be taken back to (R-401).
    """

    state: ItemState = "planned"
    round: int = 0
    basis: Basis | None = None
    ended_at: Instant | None = None
    late: tuple[str, ...] = ()
    escalated: bool = False
    change_requested: bool = False
    before: ItemState | None = None

    @property
    def overdue(self) -> bool:
        """Whether a flag of lateness is up."""
        return bool(self.late)


class LineShown(Struct, frozen=True, kw_only=True):
    """A payment line with an active invoice request (R-442)."""

    request_id: str
    amount: Decimal
    requested_at: Instant


class ContractDocument(Struct, frozen=True, kw_only=True):
    """A contract; `version` is that of its own stream, for `If-Match`, `drafted` the place of its draft in the log."""

    contract: Contract
    version: int
    drafted: int
    items: Mapping[str, ItemShown] = msgspec.field(default_factory=dict)
    requested_lines: Mapping[str, LineShown] = msgspec.field(default_factory=dict)

    @property
    def parties(self) -> tuple[Party, Party]:
        """Customer and provider."""
        return self.contract.terms.customer, self.contract.terms.provider

    @property
    def organisations(self) -> tuple[str, str]:
        """Who may see it (R-424)."""
        return self.contract.terms.organisations


def apply(document: ContractDocument | None, key: str, recorded: Recorded) -> ContractDocument | None:
    """Fold one event into the document of its contract."""
    before = document.contract if document else initial()
    state = evolve(before, recorded)
    if not isinstance(state, Draft | Signed):
        raise TypeError(f"contract {key} is {type(state).__name__}")
    known = document or ContractDocument(contract=state, version=0, drafted=recorded.position)
    own = recorded.stream == contract_stream(key)
    known = replace(known, contract=state, version=recorded.version if own else known.version)
    if isinstance(recorded.data, FeedReceived):
        return _heard(known, public_event(recorded.data), recorded.data.effective_at)
    return known


def _heard(document: ContractDocument, event: PublicEvent, at: Instant) -> ContractDocument:
    if isinstance(event, InvoiceRequested):
        line = LineShown(request_id=event.request_id, amount=event.amount, requested_at=at)
        return replace(document, requested_lines={**document.requested_lines, event.line: line})
    if isinstance(event, InvoiceReversed):
        lines = {name: line for name, line in document.requested_lines.items() if name != event.line}
        return replace(document, requested_lines=lines)
    item = getattr(event, "item", "")
    if not item or not isinstance(document.contract, Signed) or item not in document.contract.items:
        return document
    shown = follow_item(document.items.get(item, ItemShown()), event, at)
    return replace(document, items={**document.items, item: shown})


def follow_item(item: ItemShown, event: PublicEvent, at: Instant) -> ItemShown:
    """The item after an event of acceptance about it; most of them leave its state alone."""
    match event:
        case a.DeliverableSubmitted() if item.state == "planned":
            return replace(item, state="submitted")
        case a.ReviewStarted(round=number):
            return replace(item, state=state_in_review(number), round=number, escalated=False, before=None)
        case a.ReviewSuspended():
            return replace(item, state="submitted")
        case a.DiscrepancyRaised():
            return replace(item, state="discrepancy_open")
        case a.TreatmentAgreed(complete=True):
            return replace(item, state="plan_agreed")
        case a.ReworkStarted():
            return replace(item, state="rework")
        case a.DiscussionOpened():
            return replace(item, state="in_discussion")
        case a.DiscussionConcluded(result="rework"):
            return replace(item, state="plan_agreed", escalated=False, before=None)
        case a.Accepted(basis=basis):
            return _ended(item, "accepted", basis, at)
        case a.Closed():
            return _ended(item, "closed", None, at)
        case a.Voided():
            return replace(item, state=state_in_review(item.round), basis=None, ended_at=None)
        case a.ChangeOfAcceptedRequested():
            return replace(item, change_requested=True)
        case _:
            return _follow_lateness(item, event)


def _ended(item: ItemShown, state: ItemState, basis: Basis | None, at: Instant) -> ItemShown:
    return replace(item, state=state, basis=basis, ended_at=at, escalated=False, before=None)


def _follow_lateness(item: ItemShown, event: PublicEvent) -> ItemShown:
    """Flags, and the state ESCALATED; an overdue review that is told to higher roles stays a review (R-155, R-176)."""
    match event:
        case a.Overdue(deadline=deadline):
            return replace(item, late=(*item.late, deadline))
        case a.Escalated(reason=reason) if reason == REVIEW_OVERDUE:
            return replace(item, escalated=True)
        case a.Escalated():
            return replace(item, state="escalated", escalated=True, before=item.state)
        case a.OverdueWithdrawn(reason="received_in_time") if item.before is not None:
            # An escalation is taken back first, then the flag of the period that was missed, if one was up.
            return replace(item, state=item.before, escalated=False, before=None)
        case a.OverdueWithdrawn(deadline=deadline):
            return replace(item, late=tuple(known for known in item.late if known != deadline))
        case _:
            return item


def labels(document: ContractDocument) -> tuple[str, ...]:
    """By tenant and by party."""
    return ("*", *(label_name("org", organisation) for organisation in document.organisations))


CONTRACT: View[ContractDocument] = View(
    name="contract",
    version=3,
    document=ContractDocument,
    keys=keys_of_contract,
    apply=apply,
    order=lambda document: arrival(document.drafted),
    labels=labels,
)
