"""What deadlines and notices say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.contracts.sentences.forms import Sentence, coded
from services.contracts.sentences.wording import end_of
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant, beijing_date
from shared.periods import Derivation
from shared.periods.spoken import spoken
from shared.public_events import deadlines as d
from shared.public_events import notices as n
from shared.public_events.codes import CODES
from shared.public_events.envelope import PublicEvent
from shared.public_events.naming import period_words
from shared.public_events.words import Words, words

CALENDAR_REASONS = frozenset({"calendar_published", "calendar_amended", "calendar_kept"})
# Nothing runs out then: it is a day, told as one.
DATE_OF_EFFECT = "change_effect"
_STAYS = Words("期限不变", "still ends at")
_RECOUNTED = Words("节假日安排调整", "the calendar has changed")


def _called(deadline: Deadline) -> Words:
    """What the period is called, by what it is about."""
    about = deadline.item or deadline.subject
    return period_words(deadline.kind, Words(about, about))


def _when(deadline: Deadline, at: Instant) -> str:
    """When a period ends, or the day on which something takes effect (R-204)."""
    return str(beijing_date(at)) if deadline.kind == DATE_OF_EFFECT else end_of(at)


def _due(deadline: Deadline) -> Words:
    at = _when(deadline, deadline.derivation.due_at)
    return Words(f"{at}（暂定）", f"{at} (provisional)") if deadline.derivation.provisional else Words(at, at)


def _length(derivation: Derivation) -> Words:
    """The period, and by how many days it was extended when it begins again (R-114)."""
    period, days = spoken(derivation.spec), derivation.days_added
    if not days:
        return Words(period.zh, period.en)
    return Words(
        f"{period.zh}，经双方同意顺延{days}日", f"{period.en}, extended by {days} {'day' if days == 1 else 'days'}"
    )


def _deadline_set(e: d.DeadlineWasSet) -> Sentence:
    called, due, period = _called(e.deadline), _due(e.deadline), _length(e.deadline.derivation)
    if e.deadline.kind == DATE_OF_EFFECT:
        return Sentence(e.deadline.rule, f"{called.zh}（{period.zh}）：{due.zh}", f"{called.en}, {period.en}: {due.en}")
    return Sentence(
        e.deadline.rule,
        f"{called.zh}（{period.zh}）：至{due.zh}止",
        f"{called.en}, {period.en}, ends at {due.en}",
    )


def _deadline_moved(e: d.DeadlineWasMoved) -> Sentence:
    called, due = _called(e.deadline), _due(e.deadline)
    reason, old = words(CODES, e.reason), _when(e.deadline, e.old_due_at)
    if e.old_due_at == e.deadline.derivation.due_at:
        # Another calendar, counted to the same end: nobody has to look for a difference.
        changed = _RECOUNTED if e.reason in CALENDAR_REASONS else reason
        same = Words("日期不变", "is still") if e.deadline.kind == DATE_OF_EFFECT else _STAYS
        return Sentence(
            e.deadline.rule,
            f"{called.zh}：{changed.zh}，{same.zh}",
            f"{called.en}: {changed.en}; it {same.en} {due.en}",
        )
    return Sentence(
        e.deadline.rule,
        f"{called.zh}由{old}改为{due.zh}：{reason.zh}",
        f"{called.en} moves from {old} to {due.en}: {reason.en}",
    )


def _deadline_due(e: d.DeadlineIsDue) -> Sentence:
    called, due = _called(e.deadline), _due(e.deadline)
    return Sentence(
        "R-401",
        f"{called.zh}已于{due.zh}届满，待确认此前通知均已处理",
        f"{called.en} was due at {due.en} and is held until all earlier notices are decided",
    )


def _deadline_met(e: d.DeadlineWasMet) -> Sentence:
    called, why = _called(e.deadline), words(CODES, e.reason)
    if e.deadline.kind == DATE_OF_EFFECT:
        return Sentence(e.deadline.rule, f"{called.zh}：{why.zh}", f"{called.en}: {why.en}")
    return Sentence(e.deadline.rule, f"{called.zh}终止：{why.zh}", f"{called.en} ended: {why.en}")


def _deadline_lapsed(e: d.DeadlineHasLapsed) -> Sentence:
    called, due, why = _called(e.deadline), _due(e.deadline), words(CODES, e.consequence)
    return Sentence(
        e.deadline.rule,
        f"{called.zh}于{due.zh}届满：{why.zh}",
        f"{called.en} ran out at {due.en}: {why.en}",
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
