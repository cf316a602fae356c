"""The reviewed notice of one year (`qizhang calendar import FILE`, docs/calendar.md): a file -> a `CalendarYear`.

The file follows the State Council's notice, holiday by holiday, so that a reviewer can lay one beside the other.
Every fault is told with its line and field, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Struct

from services.cli.yaml_lines import LinedDocument, MalformedText
from shared.kernel.ids import Identifier
from shared.periods import CalendarError, CalendarYear, DayException, check_year
from shared.periods.calendar import ExceptionKind

FILE_BYTES_MAX = 1_000_000
INTERVAL_DAYS_MAX = 31

_DAYS_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?$"

Days = Annotated[str, msgspec.Meta(pattern=_DAYS_PATTERN, description="A day, or the first and last of several")]


class Holiday(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One holiday of the notice: the rest days, the festival days among them, and the weekend days worked for it."""

    name_zh: str
    name_en: str
    rest: tuple[Days, ...]
    statutory: tuple[Days, ...] = ()
    makeup: tuple[Days, ...] = ()


class Notice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The notice of a year; an amended notice is written out as a whole, with the days as they are now."""

    calendar: Identifier
    year: int
    notice: str
    source: str
    published_on: date | None = None
    reviewed_by: str = ""
    reviewed_on: date | None = None
    holidays: tuple[Holiday, ...]


class NoticeFileError(Exception):
    """A fault of a notice file: `where` is `file:line: field`, the texts say what to do."""

    def __init__(self, where: str, text_en: str, text_zh: str) -> None:
        super().__init__(f"{where}: {text_en}")
        self.where = where
        self.text_en = text_en
        self.text_zh = text_zh


def read_notice(path: Path) -> Notice:
    """Read a notice file (YAML or JSON) and check it as a whole; raises NoticeFileError."""
    document = _read_document(path)
    try:
        notice = msgspec.convert(document.data, Notice)
        year_of(notice)
    except msgspec.ValidationError as error:
        text, _, field = str(error).partition(" - at ")
        field = field.strip("`").removeprefix("$").removeprefix(".")
        raise NoticeFileError(_where(path, document.line_of(field), field), text, _in_chinese(text)) from None
    except CalendarError as error:
        where = _where(path, document.line_of(error.field), error.field)
        raise NoticeFileError(where, error.detail, error.detail_zh) from None
    return notice


def year_of(notice: Notice) -> CalendarYear:
    """The calendar year that a notice gives; raises CalendarError with the field of the notice at fault."""
    days: dict[date, DayException] = {}
    origin: dict[date, str] = {}
    for field, day in _exceptions(notice):
        if day.date in days:
            raise CalendarError(
                field,
                f"{day.date} is already listed at {origin[day.date]}; a day has one kind",
                f"{day.date} 已在 {origin[day.date]} 列出；一日只能属于一类",
            )
        days[day.date], origin[day.date] = day, field
    year = CalendarYear(
        year=notice.year,
        days=tuple(days[day] for day in sorted(days)),
        source=notice.source,
        notice=notice.notice,
        published_on=notice.published_on,
        reviewed_by=notice.reviewed_by,
        reviewed_on=notice.reviewed_on,
    )
    try:
        check_year(year)
    except CalendarError as error:
        field = origin[error.day] if error.day else error.field
        raise CalendarError(field, error.detail, error.detail_zh) from None
    return year


def _exceptions(notice: Notice) -> Iterator[tuple[str, DayException]]:
    """Every day that the notice takes out of the plain week, with the field that says so."""
    for index, holiday in enumerate(notice.holidays):
        place = f"holidays[{index}]"
        rest = dict(_days(f"{place}.rest", holiday.rest))
        statutory = dict(_days(f"{place}.statutory", holiday.statutory))
        for day, field in statutory.items():
            if day not in rest:
                raise CalendarError(field, f"{day} is not among the rest days", f"{day} 不在本节日的放假日之内")
        for day, field in rest.items():
            kind: ExceptionKind = "statutory_holiday" if day in statutory else "holiday_block"
            yield field, _exception(day, kind, holiday)
        for day, field in _days(f"{place}.makeup", holiday.makeup):
            yield field, _exception(day, "makeup_working_day", holiday)


def _exception(day: date, kind: ExceptionKind, holiday: Holiday) -> DayException:
    return DayException(date=day, kind=kind, name_zh=holiday.name_zh, name_en=holiday.name_en)


def _days(place: str, texts: tuple[Days, ...]) -> Iterator[tuple[date, str]]:
    """Each day of each entry, with the field of the entry."""
    for index, text in enumerate(texts):
        field = f"{place}[{index}]"
        first_text, _, last_text = text.partition("/")
        try:
            first = date.fromisoformat(first_text)
            last = date.fromisoformat(last_text) if last_text else first
        except ValueError:
            raise CalendarError(field, f"{text} is no day of the calendar", f"{text} 不是有效的日期") from None
        if not 0 <= (last - first).days < INTERVAL_DAYS_MAX:
            raise CalendarError(
                field,
                f"{text} has to run forward over at most {INTERVAL_DAYS_MAX} days",
                f"{text} 须由先到后，且不超过 {INTERVAL_DAYS_MAX} 天",
            )
        for distance in range((last - first).days + 1):
            yield first + timedelta(days=distance), field


def _read_document(path: Path) -> LinedDocument:
    try:
        content = path.read_bytes()
        if len(content) > FILE_BYTES_MAX:
            raise NoticeFileError(
                str(path), f"the file is larger than {FILE_BYTES_MAX} bytes", f"文件超过 {FILE_BYTES_MAX} 字节"
            )
        return LinedDocument(content.decode())
    except OSError as error:
        text_en = f"the file cannot be read: {error.strerror}; check its path and permissions"
        raise NoticeFileError(str(path), text_en, "无法读取该文件；请检查路径与权限") from None
    except UnicodeDecodeError:
        text_zh = "文件不是 UTF-8 编码；请另存为 UTF-8"
        raise NoticeFileError(str(path), "the file is not UTF-8; save it as UTF-8", text_zh) from None
    except MalformedText as error:
        raise NoticeFileError(_where(path, error.line, ""), error.text_en, error.text_zh) from None


def _where(path: Path, line: int, field: str) -> str:
    return f"{path}:{line}: {field}" if field else f"{path}:{line}"


def _in_chinese(text_en: str) -> str:
    """The Chinese of what msgspec says about a wrong shape."""
    name = re.search("`([^`]*)`", text_en)
    if "missing required field" in text_en and name:
        return f"缺少必填字段 {name[1]}"
    if "unknown field" in text_en and name:
        return f"含有未知字段 {name[1]}；请删除或更正"
    if text_en.startswith("Expected") and name:
        return f"值的类型或格式不符，应为 {name[1]}"
    return "值不符合要求的格式"
