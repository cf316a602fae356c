"""The change form as data (R-201): what it must state, and what both sides then sign."""

from __future__ import annotations

from datetime import date

import msgspec

from services.contracts.domain.changes.commands import RePlanBody, RequestChange
from services.contracts.domain.changes.errors import ChangeFormIncomplete, ItemNotAccepted, PriceVersionStale
from services.contracts.domain.changes.events import ChangeForm
from services.contracts.domain.computable import check_lines
from services.contracts.domain.errors import ItemUnknown
from services.contracts.domain.pricing.terms import checked_price
from services.contracts.domain.schedule.errors import MilestoneNotOpen
from services.contracts.domain.schedule.terms import open_milestones, shifted_term
from services.contracts.domain.schedule.timers import check_due
from services.contracts.domain.state import Signed
from shared.kernel.errors import told
from shared.messages import canonical
from shared.periods import WorkCalendar
from shared.public_events.contracts import MilestoneShift, RePlan

FORM_VERSION = 1
NEEDED = ("form_number", "drafted_on", "drafted_by", "reason_code", "reason", "description", "planned_effect_on")

# a change of price states the amount.
NEEDED_FOR_PRICE = ("cost_impact",)


def complete_form(state: Signed, body: RequestChange, on: date, calendar: WorkCalendar) -> ChangeForm:
    """The form with the project's name and number; refused when a field is missing or does not fit the contract.

    Planned days and terms of payment are counted from `on`, the day of the form, or from the signing: a change that is
    approved can then take effect.
    """
    needed = NEEDED + (NEEDED_FOR_PRICE if body.re_plan else ())
    missing = [name for name in needed if not getattr(body, name)]
    if missing:
        raise ChangeFormIncomplete(", ".join(missing), field=f"/{missing[0]}")
    _check_shifts(state, body, calendar)
    _check_accepted_item(state, body.accepted_item)
    stated = {name: getattr(body, name) for name in RequestChange.__struct_fields__}
    stated["milestone_shifts"] = tuple(
        MilestoneShift(milestone=shift.milestone, planned_on=shift.planned_on) for shift in body.milestone_shifts
    )
    stated["re_plan"] = _re_plan(state, body.re_plan, on, calendar) if body.re_plan else None
    return ChangeForm(
        contract=state.contract, project_name=state.terms.name, project_number=state.terms.number, **stated
    )


def _check_shifts(state: Signed, body: RequestChange, calendar: WorkCalendar) -> None:
    """Every new day is computed now, so that what is approved can take effect."""
    known = {term.milestone_id: term for term in open_milestones(state)}
    for index, shift in enumerate(body.milestone_shifts):
        field = f"/milestone_shifts/{index}"
        if shift.milestone not in known:
            raise MilestoneNotOpen(shift.milestone, field=f"{field}/milestone", known=told(known))
        term = shifted_term(known[shift.milestone], shift.planned_on, state.signed_on, f"{field}/planned_on")
        check_due(state.terms, state.signed_on, term, calendar, f"{field}/planned_on")


def _check_accepted_item(state: Signed, item: str) -> None:
    """A change of accepted content names an item that is accepted (R-205)."""
    if not item:
        return
    if item not in state.items:
        raise ItemUnknown(item, field="/accepted_item", known=told(state.items))
    if not state.items[item].accepted:
        raise ItemNotAccepted(item, field="/accepted_item")


def _re_plan(state: Signed, body: RePlanBody, on: date, calendar: WorkCalendar) -> RePlan:
    """The new price in full; whether it fits what is already requested is the settlement's decision (R-444)."""
    terms = state.terms
    if body.drawn_on_price_version != terms.price_version:
        raise PriceVersionStale(
            f"the price version is {terms.price_version}",
            zh=f"当前价款版本为 {terms.price_version}",
            field="/re_plan/drawn_on_price_version",
        )
    price = checked_price(
        body,
        terms.currency,
        frozenset(item.item_id for item in terms.items),
        has_warranty=bool(terms.after_care),
        field="/re_plan",
    )
    check_lines(price.lines, on, calendar, terms.cutoff, "/re_plan")
    return RePlan(
        drawn_on_price_version=body.drawn_on_price_version,
        price_rows=price.rows,
        price_total=price.total,
        payment_lines=price.lines,
    )


class Supplement(msgspec.Struct, frozen=True, kw_only=True):
    """《补充协议》 as data: the price change that both sides sign beside the form (R-204)."""

    contract: str
    change: str
    re_plan: RePlan | None


def supplement_sha256(form: ChangeForm) -> str:
    """The hash that a signature on the supplementary agreement covers."""
    return canonical.sha256(Supplement(contract=form.contract, change=form.change, re_plan=form.re_plan))
