"""Lead time: the earliest start after an application with its counted days, and a start that is too early."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from services.catalog.selection.case import Case
from services.catalog.selection.request import DayCounted, Finding, StartPlan
from shared.periods import compute, first_day_allowed

# The rule book names a lead time by its length; the length itself is the entry's.
_RULES = {10: "R-050", 15: "R-051"}
_NO_LEAD_TIME = "R-052"


def start_plan(case: Case) -> StartPlan | None:
    """R-050..R-053: the first working day whose latest day of application is not before the application."""
    period, applied_on = case.service.lead_time, case.request.applied_on
    if applied_on is None:
        return None
    if period is None or period.value is UNSET or not period.value:
        return StartPlan(rule=_NO_LEAD_TIME, applied_on=applied_on, lead_time="none", earliest_start=applied_on)
    spec = f"-{period.value}wd"
    earliest = first_day_allowed(applied_on, spec, case.calendar)
    counted = compute(earliest, spec, case.calendar)
    return StartPlan(
        rule=_RULES.get(period.value, "R-050"),
        applied_on=applied_on,
        lead_time=f"{period.value} {period.unit}",
        earliest_start=earliest,
        provisional=counted.provisional,
        days=tuple(DayCounted(date=s.date, counted=s.counted, n=s.n, why=str(s.why)) for s in counted.steps),
    )


def early_start(case: Case) -> Iterator[Finding]:
    """R-050, R-051, R-062: an earlier start needs the provider's express consent."""
    plan, start_on = start_plan(case), case.request.start_on
    if plan is None or start_on is None or start_on >= plan.earliest_start:
        return
    text_en = f"{start_on} is before {plan.earliest_start} ({plan.lead_time} after the application)"
    text_zh = f"{start_on} 早于最早可开始日 {plan.earliest_start}"
    if case.request.start_agreed:
        yield case.warned("R-062", "start_on", f"early with consent: {text_en}", f"经乙方同意提前：{text_zh}")
        return
    yield case.violated(plan.rule, "applied_on", text_en, text_zh)
    yield case.violated("R-062", "start_on", f"needs the provider's consent: {text_en}", f"须乙方明确同意：{text_zh}")


def bulk(case: Case) -> Iterator[Finding]:
    """R-054: bulk resources are recommended to be applied for ahead; the supply chain decides."""
    period = case.service.bulk_lead_time
    if not case.request.bulk_resources or period is None or period.value is UNSET:
        return
    text_en = f"bulk resources: apply {period.value} {period.unit} ahead"
    applied_on, start_on = case.request.applied_on, case.request.start_on
    if applied_on is not None and period.unit == "month":
        ready = compute(applied_on, f"{period.value}m!", case.calendar).last_day
        if start_on is not None and ready is not None and start_on >= ready:
            return
        text_en += f", so from {ready}"
    yield case.warned("R-054", "bulk_resources", text_en, "大批量资源建议提前一个月申请，以供应链评估为准")
