"""What the demo prints about a deadline: every day from the first to the last, and why."""

from __future__ import annotations

from typing import Any

import msgspec

from services.catalog.calendars.shipped import load_shipped
from services.demo.player import instant_of, moment_of
from services.demo.telling import deadline_lines, entry_lines
from shared.periods import compute


def deadline(period: str, trigger: str) -> dict[str, Any]:
    """A deadline as the ledger answers it."""
    derivation = compute(instant_of(trigger), period, load_shipped())
    return {
        "timer": "T-07",
        "rule": "R-129",
        "item": "delivery",
        "subject": "",
        "kind": "review",
        "side": "customer",
        "status": "armed",
        "due_at": derivation.due_at,
        "derivation": msgspec.to_builtins(derivation),
    }


def test_each_working_day_is_told_with_its_number_and_each_rest_day_with_its_reason() -> None:
    told = "\n".join(deadline_lines(deadline("5wd", "2025-09-30 15:00")))
    assert "止 due 2025-10-14 24:00" in told
    for part in ("1= 10-09 周四", "2= 10-10 周五", "3= 10-11 周六 调休上班日", "4= 10-13 周一", "5= 10-14 周二"):
        assert part in told
    assert "10-01 周三..10-03 周五 法定节假日 statutory holiday" in told
    assert "10-12 周日 周末 weekend" in told


def test_calendar_days_are_told_from_the_first_to_the_last() -> None:
    told = "\n".join(deadline_lines(deadline("10d", "2025-11-05 14:00")))
    assert "1..10= 11-06 周四..11-15 周六 自然日 calendar day" in told
    assert "11-17 周一 顺延至此工作日 moved to this working day" in told


def test_an_entry_tells_when_it_took_effect_only_where_that_is_another_time() -> None:
    entry = {
        "type": "acceptance.accepted.v1",
        "rule": "R-185",
        "text_zh": "视同验收",
        "text_en": "deemed accepted",
        "recorded_at": instant_of("2025-10-20 09:00"),
        "effective_at": instant_of("2025-10-15 00:00"),
    }
    assert "［生效 effective 2025-10-15 00:00］" in next(iter(entry_lines(entry)))
    same = {**entry, "effective_at": entry["recorded_at"]}
    assert "effective" not in next(iter(entry_lines(same)))


def test_a_moment_is_told_to_the_minute_where_that_is_exact() -> None:
    assert moment_of(instant_of("2025-10-15 00:00")) == "2025-10-15 00:00"
    assert moment_of("2025-10-14T16:00:00.001Z") == "2025-10-15 00:00:00.001"
