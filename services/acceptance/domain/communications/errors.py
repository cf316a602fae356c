"""Why a communication does not count, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterable

from shared.kernel.actors import Side
from shared.kernel.errors import Refused
from shared.kernel.instants import Instant, beijing_end, moment_text
from shared.public_events.words import no_role_held

IN_TIME_BUT_DECIDED_LATER = (
    "虽按时收到，但处理时验收已登记；须双方共同更正 / "
    "received in time but decided after the acceptance was recorded; a joint correction undoes it"
)


def too_late(received_at: Instant, ended_at: Instant) -> str:
    """A communication after silence has accepted (R-401)."""
    received, ended = moment_text(received_at), beijing_end(ended_at)
    return (
        f"于 {received} 收到，期限已于 {ended} 届满，自该时起视为验收，与何时登记无关 / "
        f"received at {received}, but the period had ended at {ended}: accepted by silence from then on, "
        "whenever it was recorded"
    )


def wrong_person(roles: Iterable[str], side: Side) -> str:
    """Nobody who could do this (R-072, R-074, R-426)."""
    said = no_role_held(roles, side)
    return f"{said.zh} / {said.en}"


def refused_but_said(refusal: Refused) -> str:
    """Not possible as what it wants to be, but the customer has spoken about the item (R-186)."""
    return f"{refusal.title_zh}；已作为甲方反馈记录 / {refusal.title_en}; it is recorded as feedback of the customer"
