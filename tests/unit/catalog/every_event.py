"""One example of every private event of the catalogue; the golden files were taken from them."""

from __future__ import annotations

from datetime import date

from msgspec import Raw

from services.catalog.domain import events
from shared.messages.events import Event
from shared.periods import CalendarYear, DayException

YEAR = CalendarYear(
    year=2026,
    days=(
        DayException(date=date(2026, 1, 1), kind="statutory_holiday", name_zh="元旦", name_en="New Year"),
        DayException(date=date(2026, 1, 4), kind="makeup_working_day"),
    ),
    source="notice",
    notice="国办发明电〔2025〕7号",
    published_on=date(2025, 11, 4),
    reviewed_by="zhao",
    reviewed_on=date(2025, 11, 5),
)

EVERY_EVENT: tuple[Event, ...] = (
    events.ServiceRevised(
        service="alibaba-1", revision=1, content_sha256="0" * 64, document=Raw(b'{"id":"alibaba-1"}')
    ),
    events.ServiceWithdrawn(service="alibaba-1", reason="end of sale"),
    events.TierRevised(tier="gold", revision=1, content_sha256="1" * 64, document=Raw(b'{"id":"gold"}')),
    events.ImportConcluded(content_sha256="2" * 64),
    events.CalendarYearSet(calendar="cn", version="2026-81845774d3d4", year=YEAR, amends=False, reason="notice"),
)
