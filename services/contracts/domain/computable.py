"""What is agreed can be carried out: every period, cut-off and planned day is counted once when it is taken in.

Acceptance computes these periods later, from triggers that nobody knows yet. Here each is counted from the day of the
agreement by the same engine, so that it is refused to the person who wrote it and not found out by a reaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from services.contracts.domain.schedule.state import Extension
from services.contracts.domain.state import Signed
from shared.periods import PeriodError, WorkCalendar, compute_with_room
from shared.public_events.terms import ItemTerm, PaymentLine, Terms


def check_terms(terms: Terms, on: date, calendar: WorkCalendar) -> None:
    """Count every period of the terms as if it began on `on`; raises PeriodError with the field that states it."""
    for field, period in _periods(terms):
        _count(on, period, calendar, terms.cutoff, field)
    check_lines(terms.payment_lines, on, calendar, terms.cutoff)


def check_lines(lines: Iterable[PaymentLine], on: date, calendar: WorkCalendar, cutoff: str, field: str = "") -> None:
    """Count the terms of payment; `field` is the path in front of the names of fields (`/re_plan`)."""
    for index, line in enumerate(lines):
        if line.pay_within is not None:
            _count(on, line.pay_within, calendar, cutoff, f"{field}/payment_lines/{index}/pay_within")


def check_extension(state: Signed, extension: str, days: int, items: tuple[str, ...], calendar: WorkCalendar) -> None:
    """Count the periods of the items with the days of all extensions (R-114); raises PeriodError (field `/days`)."""
    terms = {term.item_id: term for term in state.terms.items}
    for item in items:
        total = days + _agreed_days(state.extensions.values(), extension, item)
        for _, period in _item_periods(terms[item]):
            _count(state.signed_on, period, calendar, state.terms.cutoff, "/days", extended_by=total)


def _agreed_days(extensions: Iterable[Extension], but: str, item: str) -> int:
    return sum(
        known.proposal.days
        for known in extensions
        if known.agreed and known.proposal.extension != but and item in known.proposal.items
    )


def _periods(terms: Terms) -> Iterator[tuple[str, str]]:
    for item in terms.items:
        yield from _item_periods(item)
    for milestone in terms.milestones:
        yield f"/parameters/{milestone.milestone_id}.offset", milestone.offset
    for care in terms.after_care:
        yield f"/parameters/{care.care_id}.period", care.period


def _item_periods(item: ItemTerm) -> Iterator[tuple[str, str]]:
    # By their name, so that one which is new to the terms is counted from its first day on.
    for name in sorted(item.__struct_fields__):
        period = getattr(item, name)
        if name.endswith("_period") and isinstance(period, str):
            yield f"/parameters/{item.item_id}.{name}", period


def _count(on: date, period: str, calendar: WorkCalendar, cutoff: str, field: str, *, extended_by: int = 0) -> None:
    try:
        compute_with_room(on, period, calendar, cutoff, extended_by)
    except PeriodError as error:
        error.field = "/cutoff" if error.field == "cutoff" else field
        raise
