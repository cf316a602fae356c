"""The settlement after one more event of its stream (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.base import SettlementEvent
from services.acceptance.domain.settlement.events import (
    InvoiceDueDateSet,
    InvoiceRequested,
    InvoiceReversed,
    RePlanApplied,
    RePlanRefused,
    SettlementOpened,
)
from services.acceptance.domain.settlement.state import Request, Settlement
from shared.messages.events import Recorded


def fold_settlement(settlement: Settlement | None, data: SettlementEvent, recorded: Recorded) -> Settlement:
    """The settlement after one more event of its stream."""
    if isinstance(data, SettlementOpened):
        return Settlement(
            number=data.number,
            name=data.name,
            customer=data.customer,
            provider=data.provider,
            currency=data.currency,
            tax_rate=data.tax_rate,
            price_version=data.price_version,
            price_total=data.price_total,
            signed_at=recorded.effective_at,
            lines=data.lines,
        )
    if settlement is None:
        raise TypeError(f"{recorded.type} cannot come before the settlement is opened")
    match data:
        case InvoiceRequested(line=line):
            request = Request(
                request_id=data.request_id, generation=data.generation, active=True, pay_by=data.pay_by_derivation
            )
            return replace(settlement, requests={**settlement.requests, line.line_id: request})
        case InvoiceDueDateSet(line=name):
            dated = replace(settlement.requests[name], pay_by=data.pay_by_derivation)
            return replace(settlement, requests={**settlement.requests, name: dated})
        case InvoiceReversed(line=name):
            reversed_request = replace(settlement.requests[name], active=False)
            return replace(settlement, requests={**settlement.requests, name: reversed_request})
        case RePlanApplied():
            return replace(
                settlement,
                price_version=data.price_version,
                price_total=data.price_total,
                lines=data.lines,
            )
        case RePlanRefused():
            return settlement
        case _:
            raise TypeError(f"{recorded.type} does not belong to a settlement")
