"""The numbers of a document that a contract may set otherwise (R-014), and those that it has to fill (R-107).

A parameter is named `<owner>.<name>`: the id of an item, a milestone or a duty after acceptance, and one of the names
below. Only what the document has can be set: a period where it states none would be an agreement of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from services.contracts.domain.drafting.errors import ParameterMissing, ParameterNotOpen
from shared.kernel.admission import pointer_step
from shared.kernel.errors import told
from shared.periods import PeriodError, PeriodSpec, parse_spec
from shared.periods.spec import CALENDAR_UNITS, check_forward_days
from shared.public_events.terms import AfterCareTerm, ItemTerm, MilestoneTerm, Terms

ITEM_PERIODS = frozenset({"review_period", "response_period", "re_review_period", "discussion_period"})
ITEM_SWITCHES = frozenset({"re_review_silence_passes", "neutral_reply_stops"})
SWITCHES: dict[str, bool] = {"true": True, "false": False}

Owner = TypeVar("Owner", ItemTerm, MilestoneTerm, AfterCareTerm)


class Plan(Struct, frozen=True, kw_only=True):
    """The parts of the terms that parameters change."""

    items: tuple[ItemTerm, ...]
    milestones: tuple[MilestoneTerm, ...]
    after_care: tuple[AfterCareTerm, ...]


def plan_of(terms: Terms) -> Plan:
    """The plan that terms hold."""
    return Plan(items=terms.items, milestones=terms.milestones, after_care=terms.after_care)


def parameters_of(plan: Plan) -> dict[str, str]:
    """Every parameter that the plan has, by name, with the value that it got; empty where it is still to be set."""
    found = {f"{milestone.milestone_id}.offset": milestone.offset for milestone in plan.milestones}
    found |= {f"{care.care_id}.period": care.period for care in plan.after_care}
    for item in plan.items:
        for name in sorted(ITEM_PERIODS):
            if (period := getattr(item, name)) is not None:
                found[f"{item.item_id}.{name}"] = period
        if item.discussion_period is not None:
            found[f"{item.item_id}.agreement_period"] = item.agreement_period or ""
        for name in sorted(ITEM_SWITCHES):
            found[f"{item.item_id}.{name}"] = str(getattr(item, name)).lower()
    return found


def with_parameters(plan: Plan, parameters: Mapping[str, str]) -> Plan:
    """The plan with every parameter set; raises ParameterNotOpen, and ParameterMissing for what is still open."""
    for key, value in sorted(parameters.items()):
        owner, _, name = key.rpartition(".")
        plan = _with_parameter(plan, owner, name, value, _place(key))
    missing = [f"{milestone.milestone_id}.offset" for milestone in plan.milestones if not milestone.offset]
    missing += [f"{care.care_id}.period" for care in plan.after_care if not care.period]
    if missing:
        raise ParameterMissing(", ".join(missing), field=_place(missing[0]))
    return plan


def _with_parameter(plan: Plan, owner: str, name: str, value: str, field: str) -> Plan:
    items = {item.item_id: item for item in plan.items}
    milestones = {milestone.milestone_id: milestone for milestone in plan.milestones}
    after_care = {care.care_id: care for care in plan.after_care}
    if name == "offset" and owner in milestones:
        changed = replace(milestones[owner], offset=_period(value, field))
        return replace(plan, milestones=_values(milestones, owner, changed))
    if name == "period" and owner in after_care:
        cared = replace(after_care[owner], period=_running_on(value, field))
        return replace(plan, after_care=_values(after_care, owner, cared))
    if owner in items:
        item = _item(plan, items[owner], name, value, field)
        return replace(plan, items=_values(items, owner, item))
    raise ParameterNotOpen(f"{owner}.{name}", field=field, known=told(parameters_of(plan)))


def _place(key: str) -> str:
    return f"/parameters/{pointer_step(key)}"


def _values(known: Mapping[str, Owner], key: str, changed: Owner) -> tuple[Owner, ...]:
    return tuple({**known, key: changed}.values())


def _item(plan: Plan, item: ItemTerm, name: str, value: str, field: str) -> ItemTerm:
    if name in ITEM_PERIODS and getattr(item, name) is not None:
        return replace(item, **{name: _acting(value, field)})
    if name == "agreement_period" and item.discussion_period is not None:
        return replace(item, agreement_period=_acting(value, field))
    if name in ITEM_SWITCHES and value in SWITCHES:
        return replace(item, **{name: SWITCHES[value]})
    raise ParameterNotOpen(f"{item.item_id}.{name} = {value}", field=field, known=told(parameters_of(plan)))


def _period(value: str, field: str) -> str:
    """A forward period in days or longer, in its canonical spelling."""
    return _spec(value, field).text


def _acting(value: str, field: str) -> str:
    """The same for a period in which a party has to act: the day of its start is not counted (R-004), so one it has."""
    spec = _spec(value, field)
    if spec.count == 0:
        raise ParameterNotOpen(
            f"{value} leaves no day to act in; a period has one day at least",
            zh=f"{value} 未留出可办理的日子；期间至少一天",
            field=field,
        )
    return spec.text


def _running_on(value: str, field: str) -> str:
    """A period in which the provider keeps a service running goes by the calendar and is never rolled (R-011)."""
    spec = _spec(value, field)
    if spec.unit not in CALENDAR_UNITS:
        raise ParameterNotOpen(
            f"{value} is not counted in calendar days, weeks, months or years",
            zh=f"{value} 不是以自然日、周、月或年计算",
            field=field,
        )
    return replace(spec, rolled=False).text


def _spec(value: str, field: str) -> PeriodSpec:
    try:
        check_forward_days(value)
    except PeriodError as error:
        raise ParameterNotOpen(str(error), zh=str(error.data.get("detail_zh", "")), field=field) from error
    return parse_spec(value)
