"""What finance reads: requests, due dates and reversals in the order of the log, and the lines of a settlement."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain.base import SettlementEvent
from services.acceptance.domain.settlement.events import (
    InvoiceDueDateSet,
    InvoiceRequested,
    InvoiceReversed,
    SettlementOpened,
)
from services.acceptance.domain.settlement.evolve import fold_settlement
from services.acceptance.domain.settlement.state import Settlement
from services.acceptance.publishing import invoice_due_date, invoice_request, invoice_reversal
from shared.kernel.instants import Instant
from shared.kernel.names import label_name
from shared.messages.events import Recorded
from shared.projections.view import View, arrival
from shared.public_events import invoicing as public

FinanceKind = Literal["requested", "due_date_set", "reversed"]
FOR_FINANCE = InvoiceRequested | InvoiceDueDateSet | InvoiceReversed
KINDS: dict[type[SettlementEvent], FinanceKind] = {
    InvoiceRequested: "requested",
    InvoiceDueDateSet: "due_date_set",
    InvoiceReversed: "reversed",
}


class FinanceEntry(Struct, frozen=True, kw_only=True):
    """A request, the due date that completes it, or its reversal, with both times and its place in the log."""

    position: int
    event_id: str
    kind: FinanceKind
    effective_at: Instant
    recorded_at: Instant
    organisations: tuple[str, ...]
    requested: public.InvoiceRequested | None = None
    due_date_set: public.InvoiceDueDateSet | None = None
    reversed: public.InvoiceReversed | None = None


class SettlementDocument(Struct, frozen=True, kw_only=True):
    """A contract's payment lines with their requests."""

    contract: str
    organisations: tuple[str, ...]
    version: int
    settlement: Settlement


def finance_keys(recorded: Recorded) -> tuple[str, ...]:
    """Each request, due date and reversal is an entry of its own."""
    return (recorded.event_id,) if isinstance(recorded.data, FOR_FINANCE) else ()


def apply_finance(document: FinanceEntry | None, key: str, recorded: Recorded) -> FinanceEntry | None:
    """The entry of one event."""
    data = recorded.data
    if not isinstance(data, FOR_FINANCE):
        raise TypeError(f"{recorded.type} is not for finance")
    return FinanceEntry(
        position=recorded.position,
        event_id=recorded.event_id,
        kind=KINDS[type(data)],
        effective_at=recorded.effective_at,
        recorded_at=recorded.recorded_at,
        organisations=(data.buyer.organisation, data.seller.organisation),
        requested=invoice_request(data) if isinstance(data, InvoiceRequested) else None,
        due_date_set=invoice_due_date(data) if isinstance(data, InvoiceDueDateSet) else None,
        reversed=invoice_reversal(data) if isinstance(data, InvoiceReversed) else None,
    )


def settlement_keys(recorded: Recorded) -> tuple[str, ...]:
    """One document a contract."""
    return (recorded.data.contract,) if isinstance(recorded.data, SettlementEvent) else ()


def apply_settlement(document: SettlementDocument | None, key: str, recorded: Recorded) -> SettlementDocument | None:
    """Fold one event into the settlement's document."""
    data = recorded.data
    if isinstance(data, SettlementOpened):
        return SettlementDocument(
            contract=key,
            organisations=(data.customer.organisation, data.provider.organisation),
            version=recorded.version,
            settlement=fold_settlement(None, data, recorded),
        )
    if document is None or not isinstance(data, SettlementEvent):
        raise LookupError(f"the settlement of {key} was never opened")
    settlement = fold_settlement(document.settlement, data, recorded)
    return replace(document, version=recorded.version, settlement=settlement)


def finance_label(organisation: str, contract: str, kind: str) -> str:
    """The label of what one may list and asks for; an empty part does not narrow it."""
    parts = [
        name for pair in (("org", organisation), ("contract", contract), ("kind", kind)) if pair[1] for name in pair
    ]
    return label_name("finance", *parts) if parts else "*"


def finance_labels(entry: FinanceEntry) -> tuple[str, ...]:
    """Every way in which an entry is asked for: by whom, about which contract, of which kind."""
    what = entry.requested or entry.due_date_set or entry.reversed
    contracts = ("", what.contract) if what else ("",)
    return tuple(
        finance_label(organisation, contract, kind)
        for organisation in ("", *entry.organisations)
        for contract in contracts
        for kind in ("", entry.kind)
        if organisation or contract or kind
    )


FINANCE: View[FinanceEntry] = View(
    name="acceptance_finance",
    version=3,
    document=FinanceEntry,
    keys=finance_keys,
    apply=apply_finance,
    labels=finance_labels,
    order=lambda entry: arrival(entry.position),
)

SETTLEMENTS: View[SettlementDocument] = View(
    name="acceptance_settlements",
    version=2,
    document=SettlementDocument,
    keys=settlement_keys,
    apply=apply_settlement,
)
