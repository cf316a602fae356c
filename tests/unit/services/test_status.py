"""When the process of a service has nothing to do."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from services.hosting.status import ServiceStatus

IDLE = ServiceStatus(
    service="acceptance",
    legal_now="2025-10-15T00:00:00.000Z",
    head=7,
    followed={"views": 7, "calendars": 7},
    outbox_waiting=0,
    records_behind=0,
    next_due_at="2025-10-15T00:00:00.001Z",
    deadlines_held=1,
    messages_parked=1,
)


def test_a_process_is_idle_when_nothing_waits_though_something_is_held_or_parked() -> None:
    assert IDLE.idle
    assert structs.replace(IDLE, next_due_at=None).idle


@pytest.mark.parametrize(
    "busy",
    [
        {"outbox_waiting": 1},
        {"records_behind": 1},
        {"records_behind": None},
        {"followed": {"views": 7, "calendars": 6}},
        {"next_due_at": IDLE.legal_now},
    ],
    ids=str,
)
def test_a_process_is_not_idle_while_anything_waits_or_is_not_known(busy: dict[str, Any]) -> None:
    assert not structs.replace(IDLE, **busy).idle
