"""What the ledger answers to the commands of internal systems, on `ledger.outcomes.v1`; key: the ledger's id of the
request. An answer is no event of the published language: it concerns its sender, and no service follows it.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from shared.kernel.instants import Instant
from shared.public_events.envelope import PublicEvent

OUTCOMES_TOPIC = "ledger.outcomes.v1"


class CommandAnswered(PublicEvent, frozen=True, kw_only=True):
    """How a command ended, or why a message did not become one; equal answers have equal ids.

    done: recorded. unchanged: it was recorded before (R-421). conditional: recorded, decided later (R-401, R-403); the
    final answer follows under the same request. without_effect: recorded as a communication that does not count
    (R-426). refused: nothing was recorded. `received_at` is the broker's append time (R-409), None where it gave none.
    `stream`, `version` and `events` say what was written (`position` is 0 since December 2026: a place in the log is
    nobody's business, R-424), `data` holds the ids of what was made.
    """

    TYPE: ClassVar[str] = "ledger.command_answered.v1"
    TOPIC: ClassVar[str] = OUTCOMES_TOPIC

    request_source: str
    request_id: str
    request_type: str
    received_at: Instant | None
    outcome: Literal["done", "unchanged", "conditional", "without_effect", "refused"]
    title_en: str
    title_zh: str
    code: str = ""
    rule: str = ""
    field: str = ""
    detail: str = ""
    data: dict[str, str | int] = msgspec.field(default_factory=dict)
    stream: str = ""
    version: int = 0
    position: int = 0
    events: tuple[str, ...] = ()
