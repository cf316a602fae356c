"""Instants and Beijing days (R-001, R-407).

An instant is kept as canonical text, RFC 3339 in UTC with exactly three decimals. Canonical text compares like
time, survives every codec byte for byte, and needs no time-zone database; arithmetic happens on `datetime` and
comes back through `to_instant`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Final

from shared.kernel.admission import NotAdmitted, admitted_by
from shared.kernel.ids import END

# What is taken in lies between: no daylight saving time in Beijing, and as far as calendars can be published.
FIRST_DAY: Final = date(1992, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)

INSTANT_PATTERN = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z" + END
)

_CANONICAL: Final = re.compile(INSTANT_PATTERN)

# RFC 3339, section 5.6, without leap seconds: a clock of this ledger has none. Read here and not by
# `datetime.fromisoformat`, which takes more with every version of Python.
_RFC_3339: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?"
    r"(?:([Zz])|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?"
)
_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class TimeNotPossible(NotAdmitted):
    """A day or an instant that does not exist, or that no contract of this ledger can be about."""

    code = "TIME_NOT_POSSIBLE"
    rule = "R-407"
    title_en = "There is no such day or instant, or it lies beyond what the ledger counts"
    title_zh = "该日期或时刻不存在，或超出账本可计算的范围"


def check_day(day: date) -> None:
    """A day inside the horizon; raises TimeNotPossible."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise TimeNotPossible(
            f"{day} does not lie between {FIRST_DAY} and {LAST_DAY}", f"{day} 不在 {FIRST_DAY} 至 {LAST_DAY} 之间"
        )


def check_instant(instant: str) -> None:
    """A canonical text of an instant that exists, inside the horizon; raises TimeNotPossible."""
    try:
        moment = to_datetime(instant)
    except ValueError:
        raise TimeNotPossible(f"{instant} does not exist", f"{instant} 不存在") from None
    check_day(moment.date())


Instant = Annotated[
    str,
    admitted_by(check_instant, pattern=INSTANT_PATTERN, description="RFC 3339, UTC, milliseconds (R-407)"),
]
Day = Annotated[date, admitted_by(check_day)]

# China has had no daylight saving time since 1991 and the ledger's calendars begin in 2004, so a fixed offset is
# Asia/Shanghai for every instant that can occur, on a machine with or without a time-zone database.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

FAR_FUTURE: Instant = "9999-12-31T23:59:59.999Z"


def to_instant(moment: datetime) -> Instant:
    """The canonical text of an aware `moment`; microseconds are cut, not rounded, so that no instant moves forward.

    Raises ValueError for a naive datetime: a moment without an offset is not an instant.
    """
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of canonical text."""
    return datetime.fromisoformat(instant)


def parse_rfc3339(text: str) -> Instant:
    """Read an RFC 3339 instant; raises ValueError for anything else, also for one that does not exist."""
    if _is_canonical(text):
        return text
    parts = _RFC_3339.fullmatch(text)
    if parts is None or parts[6] is None or not (parts[8] or parts[9]):
        raise ValueError("no instant of RFC 3339, such as 2025-09-25T15:00:00+08:00")
    return _instant_of(parts, UTC)


def parse_moment(text: str) -> Instant:
    """Read an instant as people write it: Beijing time without an offset, whole minutes without seconds (R-001).

    Raises ValueError when the text is no instant.
    """
    parts = _RFC_3339.fullmatch(text)
    if parts is None:
        raise ValueError("no instant, such as 2025-09-25T15:00")
    return _instant_of(parts, BEIJING)


def parse_day(text: str) -> date:
    """Read `YYYY-MM-DD`; raises ValueError for anything else, also for a day that does not exist."""
    parts = _DAY.fullmatch(text)
    if parts is None:
        raise ValueError("no day, such as 2025-09-25")
    return date(int(parts[1]), int(parts[2]), int(parts[3]))


def _is_canonical(text: str) -> bool:
    """Whether it is an instant as the ledger writes it, which is what most readers of instants get."""
    if not _CANONICAL.fullmatch(text):
        return False
    try:
        to_datetime(text)
    except ValueError:
        return False
    return True


def _instant_of(parts: re.Match[str], default: timezone) -> Instant:
    zone = default
    if parts[8]:
        zone = UTC
    elif parts[9]:
        offset = timedelta(hours=int(parts[10]), minutes=int(parts[11]))
        zone = timezone(-offset if parts[9] == "-" else offset)
    year, month, day, hour, minute = (int(part) for part in parts.group(1, 2, 3, 4, 5))
    microsecond = int((parts[7] or "").ljust(6, "0")[:6])
    moment = datetime(year, month, day, hour, minute, int(parts[6] or 0), microsecond, tzinfo=zone)
    try:
        return to_instant(moment)
    except OverflowError:
        raise ValueError("the instant lies outside the years 1 to 9999 in UTC") from None


def beijing_date(instant: Instant) -> date:
    """The calendar day in Asia/Shanghai on which the instant falls (R-001)."""
    return to_datetime(instant).astimezone(BEIJING).date()


def beijing_text(instant: Instant) -> str:
    """The instant as shown to people: Beijing time with its offset and milliseconds."""
    return to_datetime(instant).astimezone(BEIJING).isoformat(timespec="milliseconds")


def beijing_end(instant: Instant) -> str:
    """The end of a period as people say it, to the minute: 00:00 is 24:00 of the day before (R-001, R-407)."""
    moment = to_datetime(instant).astimezone(BEIJING)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0):
        return f"{moment.date() - timedelta(days=1)} 24:00"
    return f"{moment:%Y-%m-%d %H:%M}"


def minute_text(instant: Instant) -> str:
    """Beijing time to the minute, as people read it."""
    return beijing_text(instant)[:16].replace("T", " ")


def moment_text(instant: Instant) -> str:
    """Beijing time as short as it is exact: to the minute, or to the millisecond."""
    text = beijing_text(instant)[:23].replace("T", " ")
    return text.removesuffix(":00.000")


def start_of_day(day: date) -> Instant:
    """00:00 Beijing time of `day`; "24:00 of D" is `start_of_day(D + 1)` (R-407)."""
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=BEIJING))


def plus_seconds(instant: Instant, seconds: float) -> Instant:
    """The instant `seconds` later (earlier when negative)."""
    return to_instant(to_datetime(instant) + timedelta(seconds=seconds))
