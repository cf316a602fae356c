"""Who may do what (R-072, R-074, R-422, R-423, R-426, R-427).

An act belongs to one side or to either; on its side it counts when the person held one of the fitting roles at
`received_at`, by the roles as they were recorded then.
"""

from __future__ import annotations

from typing import assert_never

from services.acceptance.domain.commands import ActBody
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.discrepancies.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    RaiseDiscrepancies,
    Resubmit,
    StartRework,
)
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, EscalateItem, RecordDiscussion
from services.acceptance.domain.errors import ActForOtherSide, NotAParty
from services.acceptance.domain.escalation.state import Escalated
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.terms import sides_of
from services.acceptance.domain.state import Contract, Item
from services.acceptance.domain.submission.commands import SubmitDeliverable
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.public_events.terms import RoleName

BOTH: tuple[Side, ...] = ("customer", "provider")
CUSTOMER: tuple[Side, ...] = ("customer",)
PROVIDER: tuple[Side, ...] = ("provider",)
ACCEPTOR: tuple[RoleName, ...] = ("acceptor",)
MANAGER: tuple[RoleName, ...] = ("project_manager",)
# A notice by the customer's project manager, who represents him fully, counts like the acceptor's.
ACCEPTOR_OR_MANAGER: tuple[RoleName, ...] = ("acceptor", "project_manager")
# The provider's signature on an acceptance report.
REPORT_SIGNERS: tuple[RoleName, ...] = ("project_manager", "signatory")
DIRECTORS: tuple[RoleName, ...] = ("project_director", "steering_committee")
ANYONE: tuple[RoleName, ...] = ()
# In which role an act is recorded for which the organisation is enough.
ANY_ROLE: tuple[RoleName, ...] = (
    "acceptor",
    "project_manager",
    "project_director",
    "steering_committee",
    "business_owner",
    "signatory",
)


def side_of(state: Contract, actor: Actor) -> Side:
    """The side of the actor's organisation; raises NotAParty."""
    if actor.organisation == state.terms.customer.organisation:
        return "customer"
    if actor.organisation == state.terms.provider.organisation:
        return "provider"
    raise NotAParty(actor.organisation)


def check_side(body: ActBody, side: Side, item: Item | None) -> None:
    """Raise ActForOtherSide when the act belongs to the other side only (R-423)."""
    if side not in _sides(body, item):
        raise ActForOtherSide(side=side)


def fitting_roles(body: ActBody, side: Side, item: Item | None, at: Instant) -> tuple[RoleName, ...]:
    """The roles of a side in which an act received at `at` counts; ANYONE when the organisation is enough."""
    match body:
        case AcceptItem():
            return _signing_roles(side, item)
        case RaiseDiscrepancies() | AgreeTreatment() | CloseDiscrepancy() | RequestChangeOfAccepted():
            return ACCEPTOR_OR_MANAGER
        case SubmitDeliverable() | AnswerDiscrepancies() | StartRework() | Resubmit():
            return MANAGER
        case RecordUse() | RecordTrialRun():
            return ACCEPTOR_OR_MANAGER if side == "customer" else MANAGER
        case ConcludeDiscussion():
            return DIRECTORS if item is not None and _escalated(item, at) else (*MANAGER, *DIRECTORS)
        case RecordDiscussion() | EscalateItem():
            return (*MANAGER, *DIRECTORS)
        case RecordCommunication():
            return ANYONE
        case _:
            assert_never(body)


def role_held(state: Contract, actor: Actor, side: Side, roles: tuple[str, ...], at: Instant) -> str | None:
    """The first of `roles` that the person held on `side` at `at`, as recorded then (R-427)."""
    held = {
        role.holder.role
        for role in state.roles
        if role.holder.side == side
        and (role.holder.issuer, role.holder.subject) == (actor.issuer, actor.subject)
        and role.in_force(at)
    }
    return next((role for role in roles if role in held), None)


def _escalated(item: Item, at: Instant) -> bool:
    """Whether the directors decide; not for an act that had been received in the period that was missed (R-401)."""
    phase = item.phase
    return isinstance(phase, Escalated) and (phase.due_at is None or at >= phase.due_at)


def _sides(body: ActBody, item: Item | None) -> tuple[Side, ...]:
    match body:
        case SubmitDeliverable() | AnswerDiscrepancies() | StartRework() | Resubmit():
            return PROVIDER
        case RaiseDiscrepancies() | AgreeTreatment() | CloseDiscrepancy() | RequestChangeOfAccepted():
            return CUSTOMER
        case AcceptItem():
            return CUSTOMER if item is None else sides_of(item.term)
        case RecordCommunication() | RecordUse() | RecordTrialRun():
            return BOTH
        case ConcludeDiscussion() | RecordDiscussion() | EscalateItem():
            return BOTH
        case _:
            assert_never(body)


def _signing_roles(side: Side, item: Item | None) -> tuple[RoleName, ...]:
    """Whose signature an item needs (R-072, R-150, R-222)."""
    if item is not None and item.term.acceptor == "both_pms":
        return MANAGER
    return ACCEPTOR if side == "customer" else REPORT_SIGNERS
