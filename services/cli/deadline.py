"""`qizhang deadline`: a period computed on the calendar that ships with the program, without a server.

In: `--from`, `--period` and the parameters of a contract. Out: JSON with every day, or the same told to people.
"""

from __future__ import annotations

import argparse
import datetime

import msgspec
from msgspec import Struct

from services.catalog.calendars.shipped import load_shipped
from services.cli.arguments import EXIT_OK, BilingualParser, join_negative_values, say_bad_input
from shared.kernel.instants import Instant, beijing_text, parse_day, parse_moment
from shared.periods import Derivation, PeriodError, Step, WorkCalendar, compute
from shared.periods.explain import explain

DAY_CHARACTERS = len("YYYY-MM-DD")


class CalendarShown(Struct, frozen=True, kw_only=True):
    """The calendar of an answer: its id, version, and first and last published day."""

    id: str
    version: str
    coverage: tuple[datetime.date, datetime.date] | None


class Answer(Struct, frozen=True, kw_only=True):
    """The JSON answer; `due_at` is UTC, `effective_at` Beijing time, what does not apply is null."""

    last_day: datetime.date | None
    due_at: Instant
    effective_at: str | None
    provisional: bool
    calendar: CalendarShown
    steps: tuple[Step, ...]


def run(argv: list[str]) -> int:
    """The command; exit code 0 answered (also when provisional), 2 bad input."""
    arguments = _parser().parse_args(join_negative_values(argv))
    try:
        calendar = _calendar(arguments.calendar)
        trigger = parse_trigger(getattr(arguments, "from"))
        derivation = compute(trigger, arguments.period, calendar, arguments.cutoff, arguments.window)
    except PeriodError as error:
        return say_bad_input("qizhang deadline", f"--{error.field}", error.detail, error.detail_zh)
    if arguments.explain:
        lines = explain(derivation, calendar)
        print("\n".join([*(line.zh for line in lines), "", *(line.en for line in lines)]))
    else:
        print(msgspec.json.encode(answer(derivation, calendar)).decode())
    return EXIT_OK


def parse_trigger(text: str) -> Instant | datetime.date:
    """`--from`: a day, or an instant, in Beijing time where it has no offset; raises PeriodError (field `from`)."""
    try:
        if len(text) == DAY_CHARACTERS:
            return parse_day(text)
        # A shell's user may part day and time by a blank.
        return parse_moment(text.replace(" ", "T", 1))
    except ValueError:
        raise PeriodError(
            "from",
            f"{text!r} is no day and no instant; write 2025-09-25, 2025-09-25T15:00 or 2025-09-25T15:00:00+08:00",
            f"{text!r} 不是有效的日期或时刻；请填写 2025-09-25、2025-09-25T15:00 或 2025-09-25T15:00:00+08:00",
        ) from None


def answer(derivation: Derivation, calendar: WorkCalendar) -> Answer:
    """The derivation as the command prints it."""
    effective_at = derivation.effective_at
    return Answer(
        last_day=derivation.last_day,
        due_at=derivation.due_at,
        effective_at=beijing_text(effective_at) if effective_at else None,
        provisional=derivation.provisional,
        calendar=CalendarShown(id=calendar.id, version=calendar.version, coverage=calendar.coverage),
        steps=derivation.steps,
    )


def _calendar(name: str) -> WorkCalendar:
    shipped = load_shipped()
    if name != shipped.id:
        raise PeriodError(
            "calendar",
            f"there is no calendar {name!r}; the one that ships with the program is {shipped.id!r}",
            f"没有名为 {name!r} 的日历；程序内置的日历是 {shipped.id!r}",
        )
    return shipped


def _parser() -> argparse.ArgumentParser:
    parser = BilingualParser(
        prog="qizhang deadline",
        allow_abbrev=False,
        description="计算期限，并说明每一天如何计算 / compute a deadline and show how each day was counted",
    )
    parser.add_argument(
        "--from",
        required=True,
        metavar="WHEN",
        help="起算时刻（RFC 3339，无时区即北京时间）或起算日 / the instant (no offset: Beijing time) or the day",
    )
    parser.add_argument(
        "--period", required=True, help="5wd, -10wd, 7d, 7d!, 2w, 1m, 1m!, 10pack, 30min, 8h（! 不顺延 not rolled）"
    )
    parser.add_argument("--calendar", default="cn", help="日历 / calendar (cn)")
    parser.add_argument("--cutoff", default="24:00", help="最后一日的截止时刻 / when the last day ends (24:00)")
    parser.add_argument("--window", help="小时和分钟的服务时段 / window of hours and minutes: 'wd 09:00-17:00'")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="输出 JSON（默认）/ print JSON (default)")
    form.add_argument("--explain", action="store_true", help="逐日说明 / tell each day, in both languages")
    return parser
