"""The period engine: (trigger, spec, calendar) -> `Derivation`; pure, the same inputs give the same result for ever.

Every kind of period of the rule book's section A is here; hours and minutes are counted in `hours.py`.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from msgspec import UNSET
from msgspec.structs import replace

from shared.kernel.instants import BEIJING, Instant, beijing_date, plus_seconds, to_instant
from shared.periods.calendar import WORKING_KINDS, WorkCalendar
from shared.periods.derivation import Derivation, Floor, Step
from shared.periods.errors import PeriodError
from shared.periods.hours import clock_end
from shared.periods.spec import PeriodSpec, parse_cutoff, parse_spec
from shared.periods.walk import ONE_DAY, check_reach, days_from, too_long, trigger_day
from shared.periods.window import Window, parse_window

MONTHS = {"m": 1, "q": 3, "y": 12}
DAYS = {"d": 1, "w": 7}
WORKING_DAY_UNITS = frozenset({"wd", "pack"})

MILLISECOND_S = 0.001
SECONDS_PER_DAY = 86_400


def compute(
    trigger: Instant | date,
    spec: PeriodSpec | str,
    calendar: WorkCalendar,
    cutoff: str = "24:00",
    window: Window | str | None = None,
    extended_by: int = 0,
) -> Derivation:
    """The deadline of a period that `trigger` (an instant, or a day where no instant is known) starts.

    Days are Beijing days (R-001) and the day of the trigger is not counted (R-004). `cutoff` ends the last day (R-005,
    R-013); `window` limits hours and minutes (R-009) and changes nothing for days (R-135). `extended_by` calendar days
    are added to the nominal end, and the end rolls after that (R-114).
    Raises PeriodError with the field at fault: period, from, cutoff, window or days.
    """
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    window = parse_window(window) if isinstance(window, str) else window
    cutoff_minutes = parse_cutoff(cutoff)
    trigger_at = trigger if isinstance(trigger, str) else None
    start = trigger_day(trigger)
    if extended_by and spec.backward:
        raise PeriodError("days", "a period that counts backwards cannot be extended", "倒数的期间不能顺延")
    check_reach(extended_by)
    last_day: date | None
    if spec.is_clock:
        last_day = None
        due_at, steps, provisional = clock_end(trigger_at, spec, window, calendar)
        due_at = plus_seconds(due_at, extended_by * SECONDS_PER_DAY)
    else:
        nominal, steps, provisional = _nominal_end(start, spec, calendar)
        last_day, steps, provisional = _rolled_end(nominal, steps, provisional, spec, extended_by, calendar)
        due_at = _instant(last_day, cutoff_minutes)
    return Derivation(
        trigger_day=start,
        trigger_at=trigger_at,
        spec=spec.text,
        calendar_id=calendar.id,
        calendar_version=calendar.version,
        cutoff=cutoff,
        window=window.text if window else None,
        steps=steps,
        last_day=last_day,
        due_at=due_at,
        effective_at=None if spec.backward else due_at,
        provisional=provisional,
        extended_by=extended_by or UNSET,
    )


def extend(derivation: Derivation, days: int, calendar: WorkCalendar) -> Derivation:
    """The derivation after both sides agreed on `days` more calendar days (R-114), under the calendar in force.

    Everything that it was computed from stays: the nominal end is recounted, the days of all extensions are added, then
    the end rolls. An end that was kept against a shorter calendar (R-404) moves by the days as well.
    Raises PeriodError (field `days`) for less than one day, too many in all, or a period that counts backwards.
    """
    if days < 1:
        raise PeriodError("days", "an extension is at least one day", "顺延至少为一日")
    before = recompute(derivation, calendar)
    floor = before.floor
    if floor is not None and floor.due_at > rederive(replace(before, floor=None), calendar).due_at:
        floor = _floor_later(before, floor, days, calendar)
    return rederive(replace(before, floor=floor, extended_by=before.days_added + days), calendar)


def lead_time(
    complete: Instant | date, spec: PeriodSpec | str, calendar: WorkCalendar, planned: date | None = None
) -> Derivation:
    """What must be handed in ahead, as a derivation (T-27, R-204): from the complete form to the day of its effect.

    The day is the first that the notice allows (`first_day_allowed`), or `planned` where that is later. Whether that
    day is a working day counts too, so it is provisional with it.
    Raises PeriodError for a period that does not count working days backwards, or reaches too far.
    """
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    if spec.unit != "wd" or not spec.backward:
        raise PeriodError("period", "a lead time counts working days backwards", "提前期须为倒数的工作日")
    start = trigger_day(complete)
    first = first_day_allowed(start, spec, calendar)
    steps = _days_to(start, first, calendar)
    due_on = max(first, planned or first)
    due_at = _instant(due_on, 0)
    return Derivation(
        trigger_day=start,
        trigger_at=complete if isinstance(complete, str) else None,
        spec=spec.text,
        calendar_id=calendar.id,
        calendar_version=calendar.version,
        steps=steps,
        last_day=due_on - ONE_DAY,
        due_at=due_at,
        effective_at=due_at,
        provisional=any(calendar.is_provisional(day) for day in (*(step.date for step in steps), first)),
        lead_to=planned or start,
    )


def _days_to(start: date, first: date, calendar: WorkCalendar) -> tuple[Step, ...]:
    """The days of a lead time, the day of the act included and that of the effect not (R-007)."""
    steps: list[Step] = []
    n = 0
    for day in days_from(start):
        if day == first:
            break
        kind = calendar.kind(day)
        counted = kind in WORKING_KINDS
        n += counted
        steps.append(Step(date=day, counted=counted, n=n if counted else None, why=kind))
    return tuple(steps)


def runs_until(trigger: Instant | date, period: str, calendar: WorkCalendar) -> Derivation:
    """The end of a time in which the provider keeps a service running (R-011): 24:00 of its last day, never rolled.

    No cut-off of a contract and no spelling of the agreed length changes that.
    """
    return compute(trigger, replace(parse_spec(period), rolled=False), calendar)


def rederive(derivation: Derivation, calendar: WorkCalendar) -> Derivation:
    """Compute a stored derivation again from its inputs (R-402); with the calendar it names the result is equal."""
    if derivation.lead_to is not UNSET:
        planned = derivation.lead_to
        trigger = derivation.trigger_at or derivation.trigger_day
        return _not_before(lead_time(trigger, derivation.spec, calendar, planned), derivation.floor)
    fresh = compute(
        derivation.trigger_at or derivation.trigger_day,
        derivation.spec,
        calendar,
        derivation.cutoff,
        derivation.window,
        derivation.days_added,
    )
    return _not_before(fresh, derivation.floor)


def recompute(derivation: Derivation, calendar: WorkCalendar) -> Derivation:
    """The derivation under another calendar, for a running period (R-403, R-404).

    A provisional result is simply computed anew. A firm one may be extended but is never shortened: what was firm once
    becomes the floor of every later result. The version it has already gives the derivation back.
    """
    if derivation.calendar_version == calendar.version:
        return derivation
    floor = derivation.floor
    is_kept = floor is not None and floor.due_at == derivation.due_at
    if not derivation.provisional and not is_kept:
        floor = Floor(
            last_day=derivation.last_day,
            due_at=derivation.due_at,
            calendar_version=derivation.calendar_version,
        )
    return rederive(replace(derivation, floor=floor), calendar)


def first_day_allowed(complete_day: date, spec: PeriodSpec | str, calendar: WorkCalendar) -> date:
    """The earliest effect of what must be handed in ahead (T-27, R-200): `spec` is backward, for example `-5wd`.

    It is the first working day X whose latest day of the act (R-007) is not before the day of the complete form;
    `compute(X, spec, calendar)` shows the count.
    """
    for day in days_from(complete_day + ONE_DAY):
        if calendar.is_working(day) and latest_act(day, spec, calendar) >= complete_day:
            return day
    raise too_long()


def latest_act(day: date, spec: PeriodSpec | str, calendar: WorkCalendar) -> date:
    """The latest day on which something due `spec` before `day` can be done (R-007)."""
    last_day = compute(day, spec, calendar).last_day
    if last_day is None:
        raise PeriodError("period", "a lead time is counted in days", "提前期须以日计算")
    return last_day


def working_days_before(day: date, count: int, calendar: WorkCalendar) -> date:
    """The day of a reminder, `count` working days before the end of a period (T-3, T-1, T-0).

    Counted from the last working day that is not after `day`, so that nobody is reminded on a rest day; 0 is that day.
    """
    found = -1
    for candidate in days_from(day, direction=-1):
        found += calendar.is_working(candidate)
        if found == count:
            return candidate
    raise too_long()


def end_day(derivation: Derivation) -> date:
    """The Beijing day on which the period ends; `due_at` is exclusive, so 24:00 belongs to the day it closes."""
    return derivation.last_day or beijing_date(plus_seconds(derivation.due_at, -MILLISECOND_S))


def _not_before(fresh: Derivation, floor: Floor | None) -> Derivation:
    """`fresh` with the end that its floor keeps (R-404); whether it is provisional stays a matter of the calendar."""
    if floor is None:
        return fresh
    if fresh.due_at >= floor.due_at:
        return replace(fresh, floor=floor)
    effective_at = floor.due_at if fresh.effective_at else None
    return replace(fresh, floor=floor, last_day=floor.last_day, due_at=floor.due_at, effective_at=effective_at)


def _nominal_end(trigger: date, spec: PeriodSpec, calendar: WorkCalendar) -> tuple[date, tuple[Step, ...], bool]:
    """The last day before anything is added or rolls, the steps to it, and whether a notice may still change them."""
    if spec.unit == "wd":
        direction = -1 if spec.backward else 1
        steps = _working_days(trigger + direction * ONE_DAY, spec.count, calendar, direction)
    elif spec.unit == "pack":
        steps = _pack(trigger, spec.count, calendar)
    else:
        nominal = _calendar_end(trigger, spec)
        return nominal, _plain_days(trigger, nominal), False
    return steps[-1].date, steps, any(calendar.is_provisional(step.date) for step in steps)


def _rolled_end(
    nominal: date,
    steps: tuple[Step, ...],
    provisional: bool,
    spec: PeriodSpec,
    extended_by: int,
    calendar: WorkCalendar,
) -> tuple[date, tuple[Step, ...], bool]:
    """The nominal end with the days of the extensions, moved to a working day where such a period moves (R-005)."""
    end = nominal + extended_by * ONE_DAY
    added = tuple(
        Step(date=nominal + n * ONE_DAY, counted=True, n=n, why="calendar_day") for n in range(1, extended_by + 1)
    )
    steps = (*steps, *added)
    if not _rolls(spec, extended_by):
        return end, steps, provisional
    rolling = _working_days(end, 1, calendar, direction=1)
    provisional = provisional or any(calendar.is_provisional(step.date) for step in rolling)
    if len(rolling) == 1:
        return end, steps, provisional
    landing = replace(rolling[-1], counted=False, n=None, why="rolled")
    return landing.date, (*steps, *rolling[1:-1], landing), provisional


def _working_days(first: date, count: int, calendar: WorkCalendar, direction: int) -> tuple[Step, ...]:
    """Every day from `first` to the `count`-th working day."""
    steps: list[Step] = []
    n = 0
    for day in days_from(first, direction):
        kind = calendar.kind(day)
        counted = kind in WORKING_KINDS
        n += counted
        steps.append(Step(date=day, counted=counted, n=n if counted else None, why=kind))
        if n == count:
            return tuple(steps)
    raise too_long()


def _pack(start: date, count: int, calendar: WorkCalendar) -> tuple[Step, ...]:
    """Consecutive working days; the start day is day 1 if it is one of them (R-010)."""
    first, *rest = _working_days(start, count, calendar, direction=1)
    return (replace(first, why="start_day") if first.counted else first, *rest)


def _rolls(spec: PeriodSpec, extended_by: int) -> bool:
    """A count of working days ends on one by itself; with days added it may not."""
    return spec.rolled or bool(extended_by and spec.unit in WORKING_DAY_UNITS)


def _floor_later(before: Derivation, floor: Floor, days: int, calendar: WorkCalendar) -> Floor:
    """The end that was kept, `days` later: the extension adds to what the parties saw."""
    if floor.last_day is None:
        return replace(floor, due_at=plus_seconds(floor.due_at, days * SECONDS_PER_DAY))
    last_day = floor.last_day + days * ONE_DAY
    if _rolls(parse_spec(before.spec), days):
        last_day = next(day for day in days_from(last_day) if calendar.is_working(day))
    return replace(floor, last_day=last_day, due_at=_instant(last_day, parse_cutoff(before.cutoff)))


def _calendar_end(trigger: date, spec: PeriodSpec) -> date:
    """The end of days, weeks and months on the plain calendar."""
    count = -spec.count if spec.backward else spec.count
    if spec.unit in DAYS:
        check_reach(spec.count * DAYS[spec.unit])
        return trigger + timedelta(days=count * DAYS[spec.unit])
    check_reach(spec.count * MONTHS[spec.unit] * 31)
    return _plus_months(trigger, count * MONTHS[spec.unit])


def _plus_months(day: date, months: int) -> date:
    """The same day number, or the last day of the month where that number does not exist (R-006)."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def _plain_days(trigger: date, last: date) -> tuple[Step, ...]:
    """Every day after the trigger up to `last`, in the direction of `last`; the trigger itself where it is the last."""
    if last == trigger:
        return (Step(date=trigger, counted=False, n=None, why="start_day"),)
    direction = 1 if last > trigger else -1
    return tuple(
        Step(date=trigger + direction * n * ONE_DAY, counted=True, n=n, why="calendar_day")
        for n in range(1, abs((last - trigger).days) + 1)
    )


def _instant(day: date, minutes: int) -> Instant:
    """The instant that many minutes into the Beijing day; 1,440 is 24:00, the start of the next day (R-407)."""
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(minutes=minutes))
