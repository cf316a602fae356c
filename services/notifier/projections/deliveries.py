"""The delivery log: one document a notice, with its targets, attempts and outcome; also the sender's work list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import Struct

from services.notifier.domain.events import (
    LOG_TARGET,
    DeliveryAttemptFailed,
    DeliverySucceeded,
    Notice,
    NoticeDispatched,
    NoticeLogged,
    NoticePlanned,
)
from shared.kernel.instants import Instant
from shared.kernel.names import WORK_LIST, label_name
from shared.messages.events import Recorded
from shared.projections.view import View, arrival

PENDING = f"{WORK_LIST}pending"


class TargetLog(Struct, frozen=True, kw_only=True):
    """One target of a notice; `next_at` is when the next attempt is due, None when it has ended.

    `logged` is the ledger's own log: written there, delivered to nobody (R-195).
    """

    state: Literal["waiting", "logged", "delivered", "failed"] = "waiting"
    attempts: int = 0
    next_at: Instant | None = None
    last_failure: str = ""
    delivered_at: Instant | None = None
    content_sha256: str = ""


class Delivery(Struct, frozen=True, kw_only=True):
    """A notice and how it fared; without targets it waits to be dispatched."""

    tenant: str
    notice: Notice
    planned_at: Instant
    next_at: Instant | None
    targets: Mapping[str, TargetLog] = msgspec.field(default_factory=dict)


class DeliveryDocument(Delivery, frozen=True, kw_only=True):
    """The same with the place of the log where the notice was planned."""

    planned: int


def keys(recorded: Recorded) -> tuple[str, ...]:
    """The notice an event is about."""
    match recorded.data:
        case NoticePlanned(notice=notice):
            return (notice.notice,)
        case (
            NoticeDispatched(notice=name)
            | NoticeLogged(notice=name)
            | DeliverySucceeded(notice=name)
            | DeliveryAttemptFailed(notice=name)
        ):
            return (name,)
        case _:
            return ()


def apply(document: DeliveryDocument | None, key: str, recorded: Recorded) -> DeliveryDocument | None:
    """Fold one event into the document of its notice."""
    event = recorded.data
    if isinstance(event, NoticePlanned):
        return DeliveryDocument(
            planned=recorded.position,
            tenant=recorded.tenant,
            notice=event.notice,
            planned_at=recorded.recorded_at,
            next_at=recorded.recorded_at,
        )
    if document is None:
        raise LookupError(f"notice {key} was never planned")
    match event:
        case NoticeDispatched():
            waiting = TargetLog(next_at=recorded.recorded_at)
            return _with_targets(document, dict.fromkeys(event.targets, waiting))
        case NoticeLogged():
            return _with_target(document, LOG_TARGET, _logged(document, event))
        case DeliverySucceeded() if event.target == LOG_TARGET:
            return _with_target(document, LOG_TARGET, _logged(document, event))
        case DeliverySucceeded():
            done = msgspec.structs.replace(
                document.targets[event.target],
                state="delivered",
                attempts=event.attempt,
                next_at=None,
                delivered_at=recorded.effective_at,
                content_sha256=event.content_sha256,
            )
            return _with_target(document, event.target, done)
        case DeliveryAttemptFailed():
            failed = msgspec.structs.replace(
                document.targets[event.target],
                state="waiting" if event.next_at else "failed",
                attempts=event.attempt,
                next_at=event.next_at,
                last_failure=event.reason,
            )
            return _with_target(document, event.target, failed)
        case _:
            raise TypeError(f"{recorded.type} is not about a delivery")


def _logged(document: DeliveryDocument, event: NoticeLogged | DeliverySucceeded) -> TargetLog:
    written = {"state": "logged", "attempts": event.attempt, "next_at": None, "content_sha256": event.content_sha256}
    return msgspec.structs.replace(document.targets[LOG_TARGET], **written)


def _with_target(document: DeliveryDocument, name: str, target: TargetLog) -> DeliveryDocument:
    return _with_targets(document, {**document.targets, name: target})


def _with_targets(document: DeliveryDocument, targets: Mapping[str, TargetLog]) -> DeliveryDocument:
    waiting = [target.next_at for target in targets.values() if target.next_at is not None]
    return msgspec.structs.replace(document, targets=targets, next_at=min(waiting, default=None))


def labels(document: DeliveryDocument) -> tuple[str, ...]:
    """By tenant, contract and organisation; `pending` while an attempt is due."""
    found = ("*", label_name("contract", document.notice.contract), label_name("org", document.notice.organisation))
    return (*found, PENDING) if document.next_at is not None else found


def places(document: DeliveryDocument) -> Mapping[str, str]:
    """The work list by the next attempt, so that the sender reads what is due first."""
    return {PENDING: document.next_at} if document.next_at is not None else {}


DELIVERIES: View[DeliveryDocument] = View(
    name="deliveries",
    version=3,
    document=DeliveryDocument,
    keys=keys,
    apply=apply,
    labels=labels,
    order=lambda document: arrival(document.planned),
    places=places,
)
