"""Options with a lead time and a window of their own: visits are requested ahead and come in the window (R-057)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from shared.catalogue.format.model import Option
from shared.catalogue.selection.answer import Finding
from shared.catalogue.selection.case import Case
from shared.catalogue.selection.request import Booking
from shared.periods import Window, latest_act, parse_window

RULE = "R-057"
_DAYS = {"working_days": "wd", "mon_fri_except_holidays": "mon-fri-except-holidays", "daily": "daily"}


def visits(case: Case) -> Iterator[Finding]:
    """R-057: each booked day of an option is requested in time and lies in the window of the option."""
    options = {option.id: option for option in case.service.options if case.applies(option)}
    for position, booking in enumerate(case.wanted.bookings):
        option = options.get(booking.option)
        if option is not None:
            field = case.at(f"bookings[{position}]")
            yield from _requested(case, option, booking, f"{field}.requested_on")
            yield from _in_window(case, option, booking, field)
    booked = {booking.option for booking in case.wanted.bookings}
    for name in sorted(case.wanted.options.keys() - booked):
        if name in options and (lead := _lead_days(options[name])):
            yield case.warned(
                RULE,
                case.at("bookings"),
                name,
                f"request {name} {lead} working days ahead, the form is signed on the day",
                f"{options[name].name_zh}须提前{lead}个工作日申请，服务单当日签署",
            )


def _lead_days(option: Option) -> int | None:
    lead = option.lead_time
    return None if lead is None or lead.value is UNSET else lead.value


def _requested(case: Case, option: Option, booking: Booking, field: str) -> Iterator[Finding]:
    lead = _lead_days(option)
    latest = latest_act(booking.day, f"-{lead}wd", case.calendar) if lead else booking.day
    if booking.requested_on > latest:
        yield case.violated(
            RULE,
            field,
            option.id,
            f"{option.id} on {booking.day} has to be requested by {latest}",
            f"{booking.day} 的{option.name_zh}最迟应于 {latest} 申请",
        )


def _in_window(case: Case, option: Option, booking: Booking, field: str) -> Iterator[Finding]:
    window = next((window for window in case.service.windows if window.id == option.window), None)
    if window is None:
        return
    hours = window.hours or ("00:00-24:00",)
    opened = parse_window(f"{_DAYS[window.days]} {','.join(hours)}")
    if not opened.is_open_on(booking.day, case.calendar):
        text_en, text_zh = (
            f"{booking.day} is outside {window.name_zh}",
            f"{booking.day} 不在服务时间（{window.name_zh}）内",
        )
        yield case.violated(RULE, f"{field}.day", option.id, text_en, text_zh)
    if booking.hours and not _covers(opened, booking.hours):
        text_en, text_zh = f"{booking.hours} is outside {window.name_zh}", f"{booking.hours} 超出{window.name_zh}"
        yield case.violated(RULE, f"{field}.hours", option.id, text_en, text_zh)


def _covers(window: Window, hours: str) -> bool:
    asked = parse_window(f"daily {hours}").intervals[0]
    return any(open_.opens <= asked.opens and asked.closes <= open_.closes for open_ in window.intervals)
