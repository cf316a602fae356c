"""Instants and Beijing days (R-001, R-407).

An instant is kept as canonical text, RFC 3339 in UTC with exactly three decimals. Canonical text compares like
time, survives every codec byte for byte, and needs no time-zone database; arithmetic happens on `datetime` and
comes back through `to_instant`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated

from msgspec import Meta

from shared.kernel.ids import END

INSTANT_PATTERN = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z" + END
)

Instant = Annotated[str, Meta(pattern=INSTANT_PATTERN, description="RFC 3339, UTC, milliseconds (R-407)")]

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


def parse_rfc3339(text: str, default_offset: timezone | None = None) -> Instant:
    """Read an RFC 3339 instant; without an offset `default_offset` is used.

    Raises ValueError when the text is no instant, or has no offset and no default was given.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None and default_offset is not None:
        moment = moment.replace(tzinfo=default_offset)
    return to_instant(moment)


def beijing_date(instant: Instant) -> date:
    """The calendar day in Asia/Shanghai on which the instant falls (R-001)."""
    return to_datetime(instant).astimezone(BEIJING).date()


def beijing_text(instant: Instant) -> str:
    """The instant as shown to people: Beijing time with its offset and milliseconds."""
    return to_datetime(instant).astimezone(BEIJING).isoformat(timespec="milliseconds")


def start_of_day(day: date) -> Instant:
    """00:00 Beijing time of `day`; "24:00 of D" is `start_of_day(D + 1)` (R-407)."""
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=BEIJING))


def plus_seconds(instant: Instant, seconds: float) -> Instant:
    """The instant `seconds` later (earlier when negative)."""
    return to_instant(to_datetime(instant) + timedelta(seconds=seconds))
