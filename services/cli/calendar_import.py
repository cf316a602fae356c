"""`qizhang calendar import chinesecalendar | FILE`: where working calendars come from (R-012, R-404).

In: the chinesecalendar package, the reviewed notice of a year, or the files that ship with the program. Out:
`CalendarYear` values. Only this module ever asks a calendar library, and never during a decision (R-408).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import msgspec

from services.cli.arguments import EXIT_OK, BilingualParser, say_bad_input
from services.cli.calendar_notice import Holiday, Notice, NoticeFileError, read_notice, year_of
from services.cli.statutory import statutory_days
from shared.periods import CalendarError, CalendarYear, WorkCalendar, calendar_of, merge

CALENDAR = "cn"
LIBRARY = "chinesecalendar"
ONE_DAY = timedelta(days=1)
DECEMBER = 12

# The library shortens these names.
TITLES_ZH = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@cache
def load_shipped() -> WorkCalendar:
    """The working calendar that ships with the program."""
    return calendar_of(CALENDAR, shipped_years())


def shipped_years() -> list[CalendarYear]:
    """The years that ship with the program, in order: one notice file each."""
    folder = files("services.catalog").joinpath("data/calendars")
    notices = (file for file in folder.iterdir() if file.name.startswith(f"{CALENDAR}-"))
    years = [year_of(msgspec.json.decode(file.read_bytes(), type=Notice)) for file in notices]
    return sorted(years, key=lambda year: year.year)


def year_from_file(path: Path) -> CalendarYear:
    """The year of a reviewed notice file; raises NoticeFileError."""
    return year_of(read_notice(path))


def years_from_chinesecalendar() -> list[CalendarYear]:
    """Every year that the installed chinesecalendar knows, in order."""
    return [year_of(notice) for notice in notices_from_chinesecalendar()]


def notices_from_chinesecalendar() -> list[Notice]:
    """The library's tables as notices; which days are statutory comes from the law, not from the library."""
    from chinese_calendar.constants import Holiday as Festival
    from chinese_calendar.constants import holidays, workdays

    titles = {str(festival.value): TITLES_ZH.get(festival.chinese, festival.chinese) for festival in Festival}
    years = sorted({day.year for day in holidays})
    return [_notice(year, titles, holidays, workdays) for year in years]


def _notice(year: int, titles: dict[str, str], holidays: dict[date, str], workdays: dict[date, str]) -> Notice:
    statutory = statutory_days(year)
    # A festival day on a plain weekend is missing in the library's table (2012-06-23), so the law's days come first.
    rest = statutory | {day: festival for day, festival in holidays.items() if _notice_year(day) == year}
    made_up = {day: festival for day, festival in workdays.items() if _notice_year(day) == year}
    return Notice(
        calendar=CALENDAR,
        year=year,
        notice=f"国务院办公厅关于{year}年部分节假日安排的通知",
        source=f"{LIBRARY} {version(LIBRARY)}",
        holidays=tuple(
            Holiday(
                name_zh=titles[festival],
                name_en=festival,
                rest=_intervals(rest, festival),
                statutory=_intervals({day: rest[day] for day in statutory}, festival),
                makeup=_intervals(made_up, festival),
            )
            for festival in dict.fromkeys(rest[day] for day in sorted(rest))
        ),
    )


def _notice_year(day: date) -> int:
    """The year whose notice speaks of the day: New Year's arrangements in December belong to the next one (R-405)."""
    return day.year + 1 if day.month == DECEMBER else day.year


def _intervals(days: dict[date, str], festival: str) -> tuple[str, ...]:
    """The days of one festival as `2026-02-15/2026-02-23`, one entry a run."""
    ordered = enumerate(sorted(day for day in days if days[day] == festival))
    runs = [[day for _, day in run] for _, run in groupby(ordered, lambda item: item[1] - item[0] * ONE_DAY)]
    return tuple(f"{run[0]}/{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


def run(argv: list[str]) -> int:
    """The command; exit code 0 when every year is good, 2 when the input is not."""
    arguments = _parser().parse_args(argv)
    try:
        notices = _notices(arguments.source)
        years = [year_of(notice) for notice in notices]
        before = after = load_shipped()
        for year in years:
            after = merge(after, year)
    except NoticeFileError as error:
        return say_bad_input("qizhang calendar", error.where, error.text_en, error.text_zh)
    except CalendarError as error:
        return say_bad_input("qizhang calendar", error.field, error.detail, error.detail_zh)
    if arguments.write is not None:
        write_notices(arguments.write, notices)
    print("\n".join([*map(_summary, years), *_changes(before, after)]))
    print(f"日历版本 Calendar version: {after.id} {after.version}")
    return EXIT_OK


def _notices(source: str) -> list[Notice]:
    return notices_from_chinesecalendar() if source == LIBRARY else [read_notice(Path(source))]


def write_notices(folder: Path, notices: Iterable[Notice]) -> None:
    """Write each notice as a file; this is how the shipped files are made."""
    folder.mkdir(parents=True, exist_ok=True)
    for notice in notices:
        content = msgspec.json.format(msgspec.json.encode(notice), indent=2)
        (folder / f"{notice.calendar}-{notice.year}.json").write_bytes(content + b"\n")


def _summary(year: CalendarYear) -> str:
    count = Counter(day.kind for day in year.days)
    return (
        f"{year.year}: 法定节假日 statutory holidays {count['statutory_holiday']}, "
        f"其他放假日 other rest days {count['holiday_block']}, "
        f"调休上班 make-up working days {count['makeup_working_day']}"
    )


def _changes(before: WorkCalendar, after: WorkCalendar) -> list[str]:
    """The days that become another kind than in the shipped calendar."""
    days = sorted({day.date for calendar in (before, after) for year in calendar.years for day in year.days})
    return [f"  {day}: {before.kind(day)} -> {after.kind(day)}" for day in days if before.kind(day) != after.kind(day)]


def _parser() -> argparse.ArgumentParser:
    parser = BilingualParser(
        prog="qizhang calendar", description="核对并导入年度工作日历 / check and import the working calendar of a year"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="import")
    command = commands.add_parser("import", help="核对并导入 / check and import")
    command.add_argument(
        "source",
        metavar="chinesecalendar|FILE",
        help="程序库，或经复核的年度通知文件（docs/calendar.md）/ the library, or the reviewed notice of a year",
    )
    command.add_argument(
        "--write", type=Path, metavar="FOLDER", help="把核对后的年度写成文件 / write the checked years as files"
    )
    return parser
