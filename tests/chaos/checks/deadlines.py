"""Every deadline fires once, not before its instant, and with the effect that the rule book gives it (R-401).

In: the events of the service that owns them, and what it published. The effects are read from what was published,
because that is what everybody else acts on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from shared.deadlines.model import (
    Deadline,
    DeadlineHeld,
    DeadlineLapsed,
    DeadlineMet,
    DeadlineMoved,
    DeadlineSet,
)
from shared.kernel.instants import Instant, to_datetime
from shared.messages.events import Recorded
from shared.public_events.acceptance import Accepted, Escalated, Overdue
from shared.public_events.envelope import Envelope, PublicEvent
from shared.public_events.language import PUBLIC_LANGUAGE

# The grace, and what faults of replicas add to it: they are paused one after the other while they hold what is waited
# for. A broker that is away adds as long as it is.
LATE_S: Final = 150.0

DeadlineEvent = DeadlineSet | DeadlineMoved | DeadlineHeld | DeadlineMet | DeadlineLapsed


class Lapses(Struct, frozen=True, kw_only=True):
    """How many deadlines there were and how many of them fired, and what is wrong."""

    deadlines: int
    lapsed: int
    found: list[str]


def fired_once(events: Iterable[Recorded], now: Instant) -> Lapses:
    """Whether every deadline that came due by `now` ended once, none before its time, and none that was met fired."""
    histories: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
    for event in events:
        if isinstance(event.data, DeadlineEvent):
            histories[event.tenant, event.data.deadline.deadline_id].append(event)
    found = [f"{_name(history[-1])}: {what}" for history in histories.values() for what in _faults(history, now)]
    lapsed = sum(isinstance(history[-1].data, DeadlineLapsed) for history in histories.values())
    return Lapses(deadlines=len(histories), lapsed=lapsed, found=found)


def fired_in_time(
    events: Iterable[Recorded], until: Instant, legal_per_machine: float, broker_away_s: float
) -> list[str]:
    """Which deadlines fired later than faults explain after they were due, whatever cannot be decided beside.

    That is LATE_S of machine time, and `broker_away_s`: a deadline fires when nothing received before it can be on its
    way.

    Looked at is what fired by `until`, while legal time ran `legal_per_machine` times as fast as the machine's.
    """
    found = []
    for event in events:
        if isinstance(event.data, DeadlineLapsed) and event.recorded_at <= until:
            due_at = _deadline(event).derivation.due_at
            late_s = (to_datetime(event.recorded_at) - to_datetime(due_at)).total_seconds() / legal_per_machine
            if late_s > LATE_S + broker_away_s:
                found.append(f"{_name(event)}: fired {late_s:.0f} s after it was due")
    return found


def right_effect(events: Iterable[Recorded], outbox: Iterable[Envelope]) -> list[str]:
    """Whether each lapse had its consequence once, effective at the due instant, and nothing else had it."""
    expected: Counter[tuple[str, str, Instant]] = Counter()
    for event in events:
        if isinstance(event.data, DeadlineLapsed):
            expected.update(_consequences(event.data))
    actual: Counter[tuple[str, str, Instant]] = Counter()
    for envelope in outbox:
        actual.update(_effects(envelope, PUBLIC_LANGUAGE.decode(envelope.type, envelope.data)))
    return [
        f"{what} {about} at {at}: {expected[what, about, at]} expected, {actual[what, about, at]} published"
        for what, about, at in sorted(expected.keys() | actual.keys())
        if expected[what, about, at] != actual[what, about, at]
    ]


def _faults(history: Sequence[Recorded], now: Instant) -> Iterator[str]:
    ends = [event for event in history if isinstance(event.data, DeadlineMet | DeadlineLapsed)]
    due_at = _deadline(history[-1]).derivation.due_at
    if not ends:
        if due_at <= now and not _deadline(history[-1]).derivation.provisional:
            yield f"was due at {due_at} and has not ended"
        return
    if len(ends) > 1:
        yield f"ended {len(ends)} times"
    if history[-1] is not ends[0]:
        yield "went on after its end"
    match ends[0].data:
        case DeadlineLapsed() if ends[0].effective_at != due_at:
            yield f"was due at {due_at}, fired as of {ends[0].effective_at}"
        case DeadlineLapsed() if ends[0].recorded_at < due_at:
            yield f"fired at {ends[0].recorded_at}, before it was due at {due_at}"
        case DeadlineMet(deadline=deadline) if deadline.legal_effect and ends[0].effective_at >= due_at:
            yield f"was due at {due_at}, and an act of {ends[0].effective_at} still met it"
        case _:
            pass


def _consequences(lapsed: DeadlineLapsed) -> Iterator[tuple[str, str, Instant]]:
    deadline = lapsed.deadline
    due_at = deadline.derivation.due_at
    match lapsed.consequence:
        case "deemed_accepted":
            yield "accepted by silence", deadline.deadline_id, due_at
        case "overdue":
            yield "overdue", deadline.deadline_id, due_at
        case "escalated":
            yield "escalated", f"{deadline.contract}/{deadline.item}", due_at
        case _:
            pass


def _effects(envelope: Envelope, event: PublicEvent) -> Iterator[tuple[str, str, Instant]]:
    match event:
        case Accepted(basis="silence"):
            yield "accepted by silence", event.deadline, envelope.effective_at
        case Overdue():
            yield "overdue", event.deadline, envelope.effective_at
        case Escalated():
            yield "escalated", f"{event.contract}/{event.item}", envelope.effective_at
        case _:
            pass


def _deadline(event: Recorded) -> Deadline:
    if not isinstance(event.data, DeadlineEvent):
        raise TypeError(f"{event.type} is about no deadline")
    return event.data.deadline


def _name(event: Recorded) -> str:
    deadline = _deadline(event)
    return f"{deadline.kind} {deadline.contract}/{deadline.item or deadline.subject} ({deadline.deadline_id})"
