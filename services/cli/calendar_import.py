"""`qizhang calendar import chinesecalendar | FILE`: years are checked, shown and published (R-012, R-404).

In: the chinesecalendar package, or the reviewed notice of a year. Out: what changes, and events of the catalogue.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from services.catalog.calendars.library import LIBRARY, notices_from_chinesecalendar
from services.catalog.calendars.notice import Notice, faults, year_of
from services.catalog.calendars.shipped import CALENDAR, load_shipped
from services.catalog.calendars.statutory import doubts
from services.catalog.loading import convert, read_marks
from services.catalog.problems import CatalogueInvalid, Defect, Problem, path_text
from services.catalog.yaml_source import MarkedData
from services.cli.arguments import EXIT_BAD_INPUT, EXIT_OK, BilingualParser, say_bad_input
from shared.periods import CalendarError, CalendarYear, WorkCalendar, calendar_of, check_plausible_year, merge


def year_from_file(path: Path) -> CalendarYear:
    """The year of a reviewed notice file (YAML or JSON); raises CatalogueInvalid with every fault and its line."""
    return year_of(read_notice(path))


def read_notice(path: Path) -> Notice:
    """Read and check a notice file; raises CatalogueInvalid."""
    marks = read_marks(path)
    notice = convert(marks, Notice)
    problems = [_problem(marks, defect) for defect in faults(notice)]
    if problems:
        raise CatalogueInvalid(problems)
    return notice


def _problem(marks: MarkedData, defect: Defect) -> Problem:
    field = path_text(defect.path)
    return Problem(
        severity="error",
        check="notice",
        file=marks.file,
        line=marks.line_of(defect.path),
        text_en=f"{field}: {defect.text_en}",
        text_zh=f"{field}：{defect.text_zh}",
    )


def run(argv: list[str]) -> int:
    """The command; exit code 0 when every year is good, 2 when the input is not."""
    arguments = _parser().parse_args(argv)
    try:
        _import(arguments)
    except CatalogueInvalid as invalid:
        print(invalid, file=sys.stderr)
        return EXIT_BAD_INPUT
    except CalendarError as error:
        return say_bad_input("qizhang calendar", error.field, error.detail, error.detail_zh)
    return EXIT_OK


def _import(arguments: argparse.Namespace) -> None:
    notices = _notices(arguments.source)
    calendar, years = notices[0].calendar, [year_of(notice) for notice in notices]
    print("\n".join(_report(calendar, years)))
    if arguments.write is not None:
        write_notices(arguments.write, notices)
    if not arguments.check:
        arguments.data.mkdir(parents=True, exist_ok=True)
        asyncio.run(_publish(arguments.data, calendar, years, arguments.reason))


def _notices(source: str) -> list[Notice]:
    return notices_from_chinesecalendar() if source == LIBRARY else [read_notice(Path(source))]


async def _publish(folder: Path, calendar: str, years: list[CalendarYear], reason: str) -> None:
    """Publish the years in the catalogue of a data folder; a running ledger notices."""
    # The catalogue and its store are heavy to load, and checking a file needs neither.
    from services.catalog.importing import import_calendar
    from services.cli.logs import PART_BY_NAME, opened
    from services.hosting.reference_data import import_shipped_calendar
    from shared.kernel.clock import SystemLegalClock

    now = SystemLegalClock().now()
    async with opened(folder, PART_BY_NAME["catalog"], make=True) as log:
        if calendar == CALENDAR:
            await import_shipped_calendar(log, now)
        outcomes = await import_calendar(log, calendar, years, now, reason)
    for year, outcome in outcomes.items():
        print(f"{calendar} {year}: " + ("未变 / unchanged" if outcome == "unchanged" else "已发布 / published"))


def write_notices(folder: Path, notices: Iterable[Notice]) -> None:
    """Write each notice as a file; this is how the shipped files are made."""
    folder.mkdir(parents=True, exist_ok=True)
    for notice in notices:
        content = msgspec.json.format(msgspec.json.encode(notice), indent=2)
        (folder / f"{notice.calendar}-{notice.year}.json").write_bytes(content + b"\n")


def _report(calendar: str, years: list[CalendarYear]) -> Iterator[str]:
    """What the years say, what they change in the shipped calendar, and the version that results."""
    before = after = load_shipped() if calendar == CALENDAR else calendar_of(calendar)
    for year in years:
        yield _summary(year)
        after = merge(after, year)
        check_plausible_year(calendar, year)
    yield from _changes(before, after)
    for year in years:
        yield from (f"  {doubt}" for doubt in doubts(year))
    yield f"日历版本 Calendar version: {after.id} {after.version}"


def _summary(year: CalendarYear) -> str:
    count = Counter(day.kind for day in year.days)
    return (
        f"{year.year}: 法定节假日 statutory holidays {count['statutory_holiday']}, "
        f"其他放假日 other rest days {count['holiday_block']}, "
        f"调休上班 make-up working days {count['makeup_working_day']}"
    )


def _changes(before: WorkCalendar, after: WorkCalendar) -> Iterator[str]:
    """The days that become another kind."""
    for day in sorted({day.date for calendar in (before, after) for year in calendar.years for day in year.days}):
        if before.kind(day) != after.kind(day):
            yield f"  {day}: {before.kind(day)} -> {after.kind(day)}"


def _parser() -> argparse.ArgumentParser:
    title = "核对并发布年度工作日历 / check and publish the working calendar of a year"
    parser = BilingualParser(prog="qizhang calendar", description=title)
    commands = parser.add_subparsers(dest="command", required=True, metavar="import")
    command = commands.add_parser("import", help=title)
    command.add_argument(
        "source",
        metavar="chinesecalendar|FILE",
        help="程序库，或经复核的年度通知文件（docs/calendar.md）/ the library, or the reviewed notice of a year",
    )
    command.add_argument("--check", action="store_true", help="只核对，不发布 / check only, publish nothing")
    command.add_argument(
        "--data", type=Path, default=Path("var"), metavar="FOLDER", help="数据目录 / data folder (var)"
    )
    command.add_argument("--reason", default="", help="修订原因 / why a published year is amended (R-404)")
    command.add_argument(
        "--write", type=Path, metavar="FOLDER", help="另将核对后的年度写成文件 / also write the checked years as files"
    )
    return parser
