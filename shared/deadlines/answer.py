"""A deadline as every view shows it, open or closed: who has to act until when, and why then (R-402)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet
from shared.kernel.actors import Side
from shared.kernel.instants import Instant, beijing_text
from shared.periods import Derivation, parse_spec

# A provisional one may still move with the calendar; a held one is over and waits for what came before its end.
DeadlineState = Literal["armed", "provisional", "held", "met", "lapsed"]


class Ended(Struct, frozen=True, kw_only=True):
    """How a deadline ended: its act came, or the period was over without it; `because` is the stored word."""

    how: Literal["met", "lapsed"]
    because: str
    at: Instant


class DeadlineAnswer(Struct, frozen=True, kw_only=True):
    """A deadline and why it is when it is (R-402): `derivation` lists every day.

    `last_day` is the last day of the period, null for hours. `latest_act_on` is the latest day on which one can act in
    time: `last_day`, for a lead time the day that its notice is counted back to (R-007). `ended_at` and `ended_because`
    (why it is met, or what followed from its lapse) are there once it is closed.
    """

    deadline: str
    contract: str
    item: str
    subject: str
    kind: str
    timer: str
    rule: str
    side: Side
    owner: str
    status: DeadlineState
    legal_effect: bool
    last_day: date | None
    latest_act_on: date | None
    due_at: Instant
    due_at_beijing: str
    effective_at: Instant | None
    ended_at: Instant | None = None
    ended_because: str = ""
    derivation: Derivation


def end_of(event: DeadlineMet | DeadlineLapsed, at: Instant) -> Ended:
    """How a deadline ended, by the event that closed it and when that took effect."""
    if isinstance(event, DeadlineMet):
        return Ended(how="met", because=event.reason, at=at)
    return Ended(how="lapsed", because=event.consequence, at=at)


def deadline_answer(
    deadline: Deadline, owner: str, *, held: bool = False, ended: Ended | None = None
) -> DeadlineAnswer:
    """A deadline with its whole derivation; `owner` is the service whose deadline it is."""
    derivation = deadline.derivation
    waiting: DeadlineState = "provisional" if derivation.provisional else "armed"
    still: DeadlineState = "held" if held else waiting
    return DeadlineAnswer(
        deadline=deadline.deadline_id,
        contract=deadline.contract,
        item=deadline.item,
        subject=deadline.subject,
        kind=deadline.kind,
        timer=deadline.timer,
        rule=deadline.rule,
        side=deadline.side,
        owner=owner,
        status=ended.how if ended else still,
        legal_effect=deadline.legal_effect,
        last_day=derivation.last_day,
        latest_act_on=latest_act_on(derivation),
        due_at=derivation.due_at,
        due_at_beijing=beijing_text(derivation.due_at),
        effective_at=derivation.effective_at,
        ended_at=ended.at if ended else None,
        ended_because=ended.because if ended else "",
        derivation=derivation,
    )


def latest_act_on(derivation: Derivation) -> date | None:
    """The latest day of an act in time; for a lead time (T-27) the day that is as far ahead as the notice asks."""
    spec = parse_spec(derivation.spec)
    if not spec.backward or not isinstance(derivation.lead_to, date):
        return derivation.last_day
    counted = [step.date for step in derivation.steps if step.counted]
    return counted[-spec.count] if len(counted) >= spec.count else derivation.trigger_day
