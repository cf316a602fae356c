"""Lead time: the earliest start after an application with its counted days, and a start that is too early."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET

from shared.catalogue.format.model import Service
from shared.catalogue.selection.answer import DayCounted, Finding, StartPlan
from shared.catalogue.selection.case import Case
from shared.periods import Derivation, WorkCalendar, compute, first_day_allowed
from shared.periods.spoken import spoken_day


def _alibaba(*numbers: int) -> frozenset[str]:
    return frozenset(f"alibaba-{number}" for number in numbers)


# Which rule of the book a lead time falls under; its length is the entry's, which a new revision may change.
LEAD_TIME_RULES: Mapping[str, frozenset[str]] = {
    "R-050": _alibaba(*range(1, 6), 7, 8, 9, 12, 13, *range(18, 23), 28),
    "R-051": _alibaba(10, 11, 23, 24, 26, 27, 29),
}
NO_LEAD_TIME = "R-052"
EARLY = "R-062"


def lead_time_rule(service: str) -> str:
    """The rule of a service that states a lead time; R-050 for one that the rule book does not list."""
    return next((rule for rule, services in LEAD_TIME_RULES.items() if service in services), "R-050")


def lead_times(
    services: Iterable[Service], applied_on: datetime.date | None, calendar: WorkCalendar
) -> Mapping[str, Derivation]:
    """The lead times of these services, counted backwards from the earliest start (`trigger_day`), each length once."""
    if applied_on is None:
        return {}
    specs = {spec for service in services if (spec := _spec(service)) is not None}
    return {spec: compute(first_day_allowed(applied_on, spec, calendar), spec, calendar) for spec in sorted(specs)}


def _spec(service: Service) -> str | None:
    period = service.lead_time
    return None if period is None or period.value is UNSET or not period.value else f"-{period.value}wd"


def start_plan(case: Case) -> StartPlan | None:
    """R-050..R-053: the first working day whose latest day of application is not before the application."""
    period, applied_on, spec = case.service.lead_time, case.request.applied_on, _spec(case.service)
    if applied_on is None:
        return None
    if period is None or spec is None:
        return StartPlan(rule=NO_LEAD_TIME, applied_on=applied_on, lead_time="none", earliest_start=applied_on)
    counted = case.lead_times[spec]
    return StartPlan(
        rule=lead_time_rule(case.service.id),
        applied_on=applied_on,
        lead_time=f"{period.value} {period.unit}",
        earliest_start=counted.trigger_day,
        latest_application_on=counted.last_day,
        provisional=counted.provisional,
        days=tuple(DayCounted(date=s.date, counted=s.counted, n=s.n, why=str(s.why)) for s in counted.steps),
    )


def early_start(case: Case) -> Iterator[Finding]:
    """R-050, R-051, R-062: an earlier start needs the provider's express consent."""
    start_on = case.request.start_on
    plan = start_plan(case)
    if plan is None or start_on is None or start_on >= plan.earliest_start:
        return
    lead = sum(day.counted for day in plan.days)
    lead_en, lead_zh = (f"{lead} working days after", f"后{lead}个工作日") if lead else ("the day of", "当日")
    earliest = spoken_day(plan.earliest_start, provisional=plan.provisional)
    text_en = f"{start_on} is before the earliest start on {earliest.en} ({lead_en} the application)"
    text_zh = f"{start_on} 早于最早可开始日 {earliest.zh}（申请{lead_zh}）"
    about = start_on.isoformat()
    if case.request.start_agreed:
        yield case.warned(EARLY, "start_agreed", about, f"early with consent: {text_en}", f"经乙方同意提前：{text_zh}")
        return
    yield case.violated(plan.rule, "applied_on", about, text_en, text_zh)
    yield case.violated(
        EARLY, "start_on", about, f"needs the provider's consent: {text_en}", f"须乙方明确同意：{text_zh}"
    )


def bulk(case: Case) -> Iterator[Finding]:
    """R-054: bulk resources are recommended to be applied for some months ahead; the supply chain decides.

    The earliest start lies that long after the application, on a working day as the one of R-050 does (R-005).
    """
    period, request = case.service.bulk_lead_time, case.request
    if not request.bulk_resources or period is None or period.value is UNSET:
        return
    applied_on, start_on = request.applied_on, request.start_on
    counted = None if applied_on is None else compute(applied_on, f"{period.value}m", case.calendar)
    ready = counted.last_day if counted else None
    if ready is not None and start_on is not None and start_on >= ready:
        return
    from_en, from_zh = "", ""
    if counted is not None and ready is not None:
        told = spoken_day(ready, provisional=counted.provisional)
        from_en, from_zh = f", so from {told.en}", f"（{ready} 起{'，暂定' if counted.provisional else ''}）"
    text_en = f"bulk resources: recommended lead time in months: {period.value}{from_en}"
    text_zh = f"大批量资源建议提前{period.value}个月申请{from_zh}，以供应链评估为准"
    yield case.warned("R-054", "bulk_resources", case.wanted.service, text_en, text_zh)
