"""Stage 5: the rows of the work list that an event changes: deadlines, and due dates of payment that are provisional.

A due date of payment is no deadline of the ledger's: nothing follows from its end here. While it is provisional it has
a row all the same, so that a new calendar finds it (R-403, R-446); the row ends with the date that is firm.
"""

from __future__ import annotations

from services.acceptance.domain.settlement.events import InvoiceDueDateSet, InvoiceRequested, InvoiceReversed
from shared.deadlines.model import DeadlineChange, deadline_changes
from shared.kernel.instants import FAR_FUTURE
from shared.messages.events import Recorded
from shared.periods import Derivation

KIND = "pay_by"


def rows_of(recorded: Recorded) -> tuple[DeadlineChange, ...]:
    """The row changes that an event carries."""
    match recorded.data:
        case InvoiceRequested(request_id=request_id, pay_by_derivation=derivation) if derivation is not None:
            return (_row(recorded, request_id, derivation),) if derivation.provisional else ()
        case InvoiceDueDateSet(request_id=request_id, pay_by_derivation=derivation):
            return (_row(recorded, request_id, derivation),)
        case InvoiceReversed(request_id=request_id):
            return (_row(recorded, request_id, None),)
        case _:
            return deadline_changes(recorded)


def _row(recorded: Recorded, request_id: str, derivation: Derivation | None) -> DeadlineChange:
    """Open while the date is provisional, closed when it is firm or the request is reversed."""
    is_open = derivation is not None and derivation.provisional
    return DeadlineChange(
        tenant=recorded.tenant,
        deadline_id=request_id,
        scope=recorded.scope,
        stream=recorded.stream,
        kind=KIND,
        status="armed" if is_open else "closed",
        due_at=derivation.due_at if derivation else FAR_FUTURE,
        provisional=is_open,
        legal_effect=False,
        calendar_id=derivation.calendar_id if derivation else "",
        calendar_version=derivation.calendar_version if derivation else "",
    )
