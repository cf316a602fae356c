"""What is wrong with a period, a window, a cut-off or a calendar year: the field, and what to do, in both languages."""

from __future__ import annotations

from datetime import date

from shared.kernel.errors import InvalidRequest


class PeriodError(InvalidRequest):
    """A period that cannot be read or counted; `field` names the part at fault (period, from, cutoff, window)."""

    code = "MALFORMED_PERIOD"
    title_en = "The period cannot be computed"
    title_zh = "无法计算该期间"

    def __init__(self, field: str, text_en: str, text_zh: str) -> None:
        super().__init__(text_en, field=field, detail_zh=text_zh)
        self.detail_zh = text_zh


class CalendarError(InvalidRequest):
    """A calendar year that no notice can say or that leaves a gap; `day` is the day at fault, where there is one."""

    code = "MALFORMED_CALENDAR"
    rule = "R-012"
    title_en = "The calendar year cannot be used"
    title_zh = "该年度日历无法使用"

    def __init__(self, field: str, text_en: str, text_zh: str, day: date | None = None) -> None:
        super().__init__(text_en, field=field, detail_zh=text_zh)
        self.detail_zh = text_zh
        self.day = day
