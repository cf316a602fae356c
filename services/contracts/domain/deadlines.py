"""The deadlines that contracts owns: how one is named, and which is open."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.domain.state import Signed
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet, DeadlineMoved, DeadlineSet, deadline_identity
from shared.kernel.instants import Instant

# What happens to a deadline of contracts. None has a legal effect, so none is ever held.
DeadlineEvent = DeadlineSet | DeadlineMoved | DeadlineMet | DeadlineLapsed


class Cause(Struct, frozen=True, kw_only=True):
    """Why deadlines are set or moved: the tenant, when, the event it follows from, and a stable word."""

    tenant: str
    at: Instant
    trigger_event: str
    reason: str


def contract_deadline(tenant: str, contract: str, kind: str, subject: str, generation: int = 1) -> str:
    """The id of a deadline about a milestone, change or risk."""
    return deadline_identity("contracts", tenant, contract, kind, generation, subject=subject)


def open_deadline(state: Signed, kind: str, subject: str) -> Deadline | None:
    """The open deadline of a kind about a milestone, change or risk."""
    found = (deadline for deadline in state.deadlines.values() if (deadline.kind, deadline.subject) == (kind, subject))
    return next(found, None)
