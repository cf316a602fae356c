"""What deadlines and notices say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.contracts.sentences.forms import Sentence, coded
from services.contracts.sentences.wording import end_of
from shared.deadlines.model import Deadline
from shared.periods.spoken import spoken
from shared.public_events import deadlines as d
from shared.public_events import notices as n
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.envelope import PublicEvent
from shared.public_events.words import Words, words

CALENDAR_REASONS = frozenset({"calendar_published", "calendar_amended", "calendar_kept"})
_RECOUNTED = Words("节假日安排调整", "the calendar has changed")


def _deadline(deadline: Deadline) -> tuple[Words, str, Words]:
    """The kind of a deadline in words, what it is about, and when it ends."""
    kind = words(DEADLINE_KINDS, deadline.kind)
    at = end_of(deadline.derivation.due_at)
    due = Words(f"{at}（暂定）", f"{at} (provisional)") if deadline.derivation.provisional else Words(at, at)
    return kind, deadline.item or deadline.subject, due


def _deadline_set(e: d.DeadlineWasSet) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    period = spoken(e.deadline.derivation.spec)
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限（{period.zh}）：至{due.zh}止",
        f"{about}: {kind.en}, {period.en}, ends at {due.en}",
    )


def _deadline_moved(e: d.DeadlineWasMoved) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    reason, old = words(CODES, e.reason), end_of(e.old_due_at)
    if e.old_due_at == e.deadline.derivation.due_at:
        # Another calendar, counted to the same end: nobody has to look for a difference.
        changed = _RECOUNTED if e.reason in CALENDAR_REASONS else reason
        return Sentence(
            e.deadline.rule,
            f"{about}{kind.zh}：{changed.zh}，期限不变",
            f"{about}: {kind.en}: {changed.en}; it still ends at {due.en}",
        )
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限由{old}改为{due.zh}：{reason.zh}",
        f"{about}: {kind.en} moves from {old} to {due.en}: {reason.en}",
    )


def _deadline_due(e: d.DeadlineIsDue) -> Sentence:
    kind, about, due = _deadline(e.deadline)
    return Sentence(
        "R-401",
        f"{about}{kind.zh}已于{due.zh}到期，待确认此前通知均已处理",
        f"{about}: {kind.en} was due at {due.en} and is held until all earlier notices are decided",
    )


def _deadline_met(e: d.DeadlineWasMet) -> Sentence:
    (kind, about, _), why = _deadline(e.deadline), words(CODES, e.reason)
    return Sentence(e.deadline.rule, f"{about}{kind.zh}期限终止：{why.zh}", f"{about}: {kind.en} ended: {why.en}")


def _deadline_lapsed(e: d.DeadlineHasLapsed) -> Sentence:
    (kind, about, due), why = _deadline(e.deadline), words(CODES, e.consequence)
    return Sentence(
        e.deadline.rule,
        f"{about}{kind.zh}期限于{due.zh}届满：{why.zh}",
        f"{about}: {kind.en} ran out at {due.en}: {why.en}",
    )


_LOGGED = coded(
    "R-195",
    "通知（{code}）已写入日志（未送达）",
    "Notice ({code}) was written to the log, which delivers it to nobody",
    "kind",
)


def _delivered(e: n.NotificationDelivered) -> Sentence:
    if not e.proves_warning:
        return _LOGGED(e)
    kind, name = words(CODES, e.kind), e.channel.rpartition(":")[2]
    return Sentence(
        "R-195",
        f"通知（{kind.zh}）已送达回调端点“{name}”",
        f"Notice ({kind.en}) delivered to the webhook endpoint {name}",
    )


SENTENCES: dict[type[PublicEvent], Callable[[Any], Sentence]] = {
    d.DeadlineWasSet: _deadline_set,
    d.DeadlineWasMoved: _deadline_moved,
    d.DeadlineIsDue: _deadline_due,
    d.DeadlineWasMet: _deadline_met,
    d.DeadlineHasLapsed: _deadline_lapsed,
    n.NotificationDelivered: _delivered,
    n.NotificationLogged: _LOGGED,
    n.NotificationFailed: coded("R-195", "通知（{code}）未送达", "Notice ({code}) could not be delivered", "kind"),
}
