"""A derivation told to people: every counted day and why, line by line, in Chinese and in English."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, Struct

from shared.kernel.instants import moment_text
from shared.periods.calendar import WorkCalendar
from shared.periods.derivation import Derivation, Step
from shared.periods.spec import PeriodSpec, parse_spec
from shared.periods.spoken import UNITS_EN, UNITS_ZH

WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

WHY_ZH = {
    "working_day": "工作日",
    "makeup_working_day": "调休上班日",
    "calendar_day": "自然日",
    "weekend": "周末",
    "statutory_holiday": "法定节假日",
    "holiday_block": "放假调休",
    "start_day": "起算当日",
    "rolled": "顺延至此工作日",
}
WHY_EN = {
    "working_day": "working day",
    "makeup_working_day": "make-up working day",
    "calendar_day": "calendar day",
    "weekend": "weekend",
    "statutory_holiday": "statutory holiday",
    "holiday_block": "rest day of a holiday block",
    "start_day": "day of the start",
    "rolled": "moved to this working day",
}


class Line(Struct, frozen=True, kw_only=True):
    """One line of an explanation in both languages."""

    zh: str
    en: str


def explain(derivation: Derivation, calendar: WorkCalendar) -> tuple[Line, ...]:
    """What was asked, each day, what came out and how sure it is; `calendar` adds the names of the holidays."""
    spec = parse_spec(derivation.spec)
    return (
        _asked(derivation, spec),
        *_conditions(derivation, spec),
        *(_day(step, calendar, derivation.provisional) for step in derivation.steps),
        *_result(derivation),
    )


def _asked(derivation: Derivation, spec: PeriodSpec) -> Line:
    if derivation.trigger_at:
        start_zh = start_en = moment_text(derivation.trigger_at)
    else:
        start_zh, start_en = _day_zh(derivation.trigger_day), _day_en(derivation.trigger_day)
    zh, en = f"{spec.count} {UNITS_ZH[spec.unit]}", f"{spec.count} {UNITS_EN[spec.unit][spec.count != 1]}"
    if derivation.lead_to is not UNSET:
        planned = derivation.lead_to
        said = (
            f"自 {start_zh} 提交起须提前 {zh}，且不早于 {_day_zh(planned)}（R-200、R-204）",
            f"{en} ahead, from what is complete on {start_en}, and not before {_day_en(planned)} (R-200, R-204)",
        )
    elif spec.backward:
        said = (
            f"自 {start_zh} 倒数 {zh}，该日不计（R-007）",
            f"{en} back from {start_en}, that day not counted (R-007)",
        )
    elif spec.is_clock:
        said = (f"自 {start_zh} 起 {zh}（R-009）", f"{en} from {start_en} (R-009)")
    elif spec.unit == "pack":
        said = (f"自 {start_zh} 起 {zh}（R-010）", f"{en}, from {start_en} (R-010)")
    elif spec.count == 0:
        said = (f"{start_zh} 当日", f"the day of {start_en} itself")
    else:
        said = (f"自 {start_zh} 起 {zh}，当日不计（R-004）", f"{en} from {start_en}, that day not counted (R-004)")
    return Line(zh=f"期间 {spec.text}：{said[0]}", en=f"Period {spec.text}: {said[1]}")


def _conditions(derivation: Derivation, spec: PeriodSpec) -> tuple[Line, ...]:
    named = f"{derivation.calendar_id} {derivation.calendar_version}"
    lines = [Line(zh=f"日历 {named}", en=f"Calendar {named}")]
    if derivation.window and spec.is_clock:
        lines.append(
            Line(
                zh=f"仅在服务时段内计时：{derivation.window}",
                en=f"The clock runs only inside the window: {derivation.window}",
            )
        )
    elif derivation.window:
        lines.append(
            Line(
                zh=f"服务时段 {derivation.window} 不影响按日计算（R-135）",
                en=f"The window {derivation.window} does not change the counting of days (R-135)",
            )
        )
    if derivation.days_added:
        days = derivation.days_added
        lines.append(
            Line(
                zh=f"经双方同意顺延 {days} 日：先依现行日历重算期末，再加顺延日数，末日逢休息日再移（R-114）",
                en=f"Extended by {days} calendar {'day' if days == 1 else 'days'}: the end is counted, the days are"
                " added, then a rest day at the end moves (R-114)",
            )
        )
    return tuple(lines)


def _day(step: Step, calendar: WorkCalendar, provisional: bool) -> Line:
    number = f"{step.n:>4}" if step.n is not None else "   -"
    zh, en = WHY_ZH[step.why], WHY_EN[step.why]
    holiday = calendar.holiday(step.date)
    if holiday is not None and holiday.kind == step.why:
        zh, en = f"{zh}（{holiday.name_zh}）", f"{en} ({holiday.name_en})"
    if provisional and calendar.is_provisional(step.date):
        zh, en = f"{zh} *", f"{en} *"
    return Line(zh=f"  {_day_zh(step.date)} {number}  {zh}", en=f"  {_day_en(step.date)} {number}  {en}")


def _result(derivation: Derivation) -> tuple[Line, ...]:
    lines: list[Line] = []
    if derivation.last_day is not None:
        lines.append(
            Line(
                zh=f"最后一日：{_day_zh(derivation.last_day)}，至 {derivation.cutoff} 止",
                en=f"Last day: {_day_en(derivation.last_day)}, until {derivation.cutoff}",
            )
        )
    due = f"{moment_text(derivation.due_at)} = {derivation.due_at}"
    lines.append(Line(zh=f"到期：{due}，此前有效", en=f"Due: {due}; in time means before it"))
    if derivation.effective_at is not None:
        effective = moment_text(derivation.effective_at)
        lines.append(Line(zh=f"效果发生：{effective}（R-013）", en=f"Takes effect: {effective} (R-013)"))
    if derivation.floor is not None and derivation.floor.due_at == derivation.due_at:
        version = derivation.floor.calendar_version
        lines.append(
            Line(
                zh=f"期限不因日历调整而缩短：保留日历 {version} 的结果（R-404）",
                en=f"A running period is not shortened: the result of calendar {version} is kept (R-404)",
            )
        )
    if derivation.provisional:
        lines.append(
            Line(
                zh="暂定：带 * 的日子有待下一年度通知公布，期限届时重新计算（R-012、R-405）",
                en="Provisional: the days marked * wait for the next notice; then it is computed again (R-012, R-405)",
            )
        )
    return tuple(lines)


def _day_zh(day: date) -> str:
    return f"{day} {WEEKDAYS_ZH[day.weekday()]}"


def _day_en(day: date) -> str:
    return f"{day} {WEEKDAYS_EN[day.weekday()]}"
