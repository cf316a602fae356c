"""One document a contract: its open deadlines, its own and those of acceptance, with the people they concern.

It also answers what is due from whom, since a deadline names a side and only the contract knows who that is.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.roles.events import RoleAppointed, RoleRevoked
from services.contracts.domain.signing.events import ContractSigned
from services.contracts.projections.scope import keys_of_contract
from services.contracts.publishing import OWNER
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet
from shared.kernel.actors import Side
from shared.kernel.instants import FAR_FUTURE, Instant
from shared.kernel.names import key_name, label_name
from shared.messages.events import Event, FeedReceived, Recorded
from shared.projections.view import View, arrival
from shared.public_events.deadlines import (
    DeadlineHasLapsed,
    DeadlineIsDue,
    DeadlineWasMet,
    DeadlineWasMoved,
    DeadlineWasSet,
)
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import public_event
from shared.public_events.roles import ended_by
from shared.public_events.terms import RoleHolder

# What a list of deadlines is called that follows their changes and not their dates.
DUE_CHANGED = "changed"
# Periods that only drive the ledger: nobody has to act by them.
DRIVING_KINDS = frozenset({"change_effect", "escalation", "after_care_end"})


class OpenDeadline(Struct, frozen=True, kw_only=True):
    """A deadline that runs, or is due and held (R-401)."""

    owner: str
    deadline: Deadline
    held: bool = False


class ContractDeadlines(Struct, frozen=True, kw_only=True):
    """The open deadlines of a signed contract by id, and its people; `changed` is where in the log they last did."""

    contract: str
    name: str
    customer: str
    provider: str
    roles: tuple[RoleHolder, ...]
    open: Mapping[str, OpenDeadline] = msgspec.field(default_factory=dict)
    changed: int = 0

    def organisation(self, side: Side) -> str:
        """The organisation on a side."""
        return self.customer if side == "customer" else self.provider

    def due_from(self, organisation: str) -> tuple[OpenDeadline, ...]:
        """The open deadlines by which an organisation has to act, the earliest first."""
        found = (
            running
            for running in self.open.values()
            if running.deadline.kind not in DRIVING_KINDS and self.organisation(running.deadline.side) == organisation
        )
        return tuple(sorted(found, key=_due_at))

    def in_order(self) -> tuple[OpenDeadline, ...]:
        """All open deadlines, the earliest first."""
        return tuple(sorted(self.open.values(), key=_due_at))


def _due_at(running: OpenDeadline) -> tuple[Instant, str]:
    return running.deadline.derivation.due_at, running.deadline.deadline_id


def apply(document: ContractDeadlines | None, key: str, recorded: Recorded) -> ContractDeadlines | None:
    """Fold one event; before the signing there is no document."""
    event = recorded.data
    if isinstance(event, ContractSigned):
        return ContractDeadlines(
            contract=key,
            name=event.terms.name,
            customer=event.terms.customer.organisation,
            provider=event.terms.provider.organisation,
            roles=event.roles,
        )
    if document is None:
        return None
    if isinstance(event, FeedReceived):
        after = _heard(document, public_event(event))
    else:
        after = _own(document, event, recorded.recorded_at)
    return replace(after, changed=recorded.position) if after.open != document.open else after


def _own(document: ContractDeadlines, event: Event, recorded_at: Instant) -> ContractDeadlines:
    match event:
        case DeadlineSet(deadline=deadline) | DeadlineMoved(deadline=deadline):
            return _running(document, OWNER, deadline)
        case DeadlineMet(deadline=deadline) | DeadlineLapsed(deadline=deadline):
            return _ended(document, deadline)
        case RoleAppointed(holder=holder):
            return replace(document, roles=(*document.roles, holder))
        case RoleRevoked(holder=ended):
            return replace(document, roles=tuple(ended_by(holder, ended, recorded_at) for holder in document.roles))
        case _:
            return document


def _heard(document: ContractDeadlines, event: PublicEvent) -> ContractDeadlines:
    match event:
        case DeadlineWasSet(owner=owner, deadline=deadline) | DeadlineWasMoved(owner=owner, deadline=deadline):
            return _running(document, owner, deadline)
        case DeadlineIsDue(owner=owner, deadline=deadline):
            return _running(document, owner, deadline, held=True)
        case DeadlineWasMet(deadline=deadline) | DeadlineHasLapsed(deadline=deadline):
            return _ended(document, deadline)
        case _:
            return document


def _running(document: ContractDeadlines, owner: str, deadline: Deadline, *, held: bool = False) -> ContractDeadlines:
    running = OpenDeadline(owner=owner, deadline=deadline, held=held)
    return replace(document, open={**document.open, deadline.deadline_id: running})


def _ended(document: ContractDeadlines, deadline: Deadline) -> ContractDeadlines:
    still = {key: running for key, running in document.open.items() if key != deadline.deadline_id}
    return replace(document, open=still)


def labels(document: ContractDeadlines) -> tuple[str, ...]:
    """`due:<organisation>` for each party that has to act by an open deadline."""
    parties = sorted({document.customer, document.provider})
    due = [party for party in parties if document.due_from(party)]
    return tuple(label_name(name, party) for name in ("due", DUE_CHANGED) for party in due)


def places(document: ContractDeadlines) -> Mapping[str, str]:
    """A list to poll follows the changes: a contract whose deadlines have changed comes again, behind the others."""
    return {
        label_name(DUE_CHANGED, party): arrival(document.changed) for party in (document.customer, document.provider)
    }


def order(document: ContractDeadlines) -> str:
    """The contract with the earliest deadline comes first."""
    first = min((_due_at(running)[0] for running in document.open.values()), default=FAR_FUTURE)
    return key_name(first, document.contract)


DEADLINES: View[ContractDeadlines] = View(
    name="contract_deadlines",
    version=3,
    document=ContractDeadlines,
    keys=keys_of_contract,
    apply=apply,
    order=order,
    labels=labels,
    places=places,
)
