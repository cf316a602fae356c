"""Treatments that can be agreed, and the agreed plan: its dates are periods of the provider."""

from __future__ import annotations

from collections.abc import Iterable

from services.acceptance.domain.discrepancies.errors import CorrectionInThePast
from services.acceptance.domain.discrepancies.events import Treatment
from services.acceptance.domain.discrepancies.naming import unknown_discrepancy
from services.acceptance.domain.discrepancies.state import LIVE
from services.acceptance.domain.discrepancies.timers import CORRECTION, RESPONSE_OF_FULL_FLOW, RESPONSE_TO_COMMENTS
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.state import Item
from shared.kernel.instants import Instant, beijing_date


def check_treatments(item: Item, treatments: Iterable[Treatment], at: Instant) -> None:
    """Every treatment is for a discrepancy without an agreed one, and its date is not in the past."""
    for index, treatment in enumerate(treatments):
        found = item.discrepancies.get(treatment.discrepancy)
        if found is None or found.state not in LIVE:
            raise unknown_discrepancy(item, treatment.discrepancy, f"/treatments/{index}/discrepancy")
        if treatment.correct_by < beijing_date(at):
            raise CorrectionInThePast(treatment.discrepancy, field=f"/treatments/{index}/correct_by")


def begin_corrections(draft: DecisionDraft, name: str, agreed: str, at: Instant) -> None:
    """The agreed date of each discrepancy is a deadline of the provider (R-156): the end of that very day."""
    of_full_flow = draft.item(name).term.discrepancies
    timer, _ = RESPONSE_OF_FULL_FLOW if of_full_flow else RESPONSE_TO_COMMENTS
    for found in draft.item(name).live:
        if found.state == "agreed" and found.correct_by is not None:
            periods.begin(
                draft,
                item=name,
                kind=CORRECTION,
                timer=timer,
                rule="R-156",
                side="provider",
                period="0d!",
                trigger=found.correct_by,
                trigger_event=agreed,
                at=at,
                subject=found.discrepancy_id,
            )
