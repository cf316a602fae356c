"""The answer to a command that came over a topic, as a row of the outbox in the transaction that decides the command.

In: the message that asked, and a result or an error; out: `CommandAnswered` under the id of the request. An answer's id
is derived from what it says, so whoever is told twice knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.commands.command import Asked
from shared.commands.decision import OutcomeKind, Result
from shared.eventstore.envelopes import EnvelopeHead, outbox_row
from shared.eventstore.store import OutboxMessage
from shared.kernel.actors import system_actor
from shared.kernel.errors import LedgerError
from shared.kernel.ids import derived_id
from shared.kernel.instants import Instant
from shared.kernel.texts import shown
from shared.messages import canonical
from shared.public_events.outcomes import CommandAnswered

# An error may quote what a sender wrote, who reads no more of it than this.
FIELD_CHARACTERS_MAX: Final = 200
DETAIL_CHARACTERS_MAX: Final = 1000

# (English, Chinese) of what a result says; a refusal brings its own titles.
TITLES: Final[Mapping[OutcomeKind, tuple[str, str]]] = {
    "done": ("Recorded", "已记录"),
    "unchanged": ("It was recorded before; nothing has changed", "此前已记录，无变化"),
    "conditional": ("Recorded as conditional; the final answer follows", "已记录，待裁定；最终答复随后发出"),
    "without_effect": ("The communication was recorded, but it has no effect", "该通知已记录，但不产生效力"),
    "refused": ("The act was recorded as conditional and then refused", "该操作已记录待裁定，裁定结果为不予接受"),
}


def request_key(source: str, id: str) -> str:
    """The ledger's name of a request: an id is unique within its source (CloudEvents 1.0, section 3.1.1)."""
    return derived_id("inbound", source, id)


def answer_to(asked: Asked, result: Result) -> CommandAnswered:
    """What a result says to the sender."""
    outcome = result.outcome
    title_en, title_zh = TITLES[outcome.kind]
    return CommandAnswered(
        request_source=asked.source,
        request_id=asked.id,
        request_type=asked.type,
        received_at=asked.received_at,
        outcome=outcome.kind,
        title_en=title_en,
        title_zh=title_zh,
        code=outcome.code,
        rule=outcome.rule,
        field=outcome.field,
        detail=outcome.detail,
        data=outcome.data,
        stream=result.stream,
        version=result.version,
        events=result.event_ids,
    )


def refusal_of(asked: Asked, error: LedgerError) -> CommandAnswered:
    """What an error says to the sender."""
    return CommandAnswered(
        request_source=asked.source,
        request_id=asked.id,
        request_type=asked.type,
        received_at=asked.received_at,
        outcome="refused",
        title_en=error.title_en,
        title_zh=error.title_zh,
        code=error.code,
        rule=error.rule,
        field=shown(error.field, FIELD_CHARACTERS_MAX),
        detail=shown(error.detail, DETAIL_CHARACTERS_MAX),
        data=error.data,
    )


def outcome_row(
    service: str, tenant: str, asked: Asked, answer: CommandAnswered, recorded_at: Instant
) -> OutboxMessage:
    """The row that carries an answer of `service`."""
    key = request_key(asked.source, asked.id)
    head = EnvelopeHead(
        tenant=tenant,
        source=service,
        topic=answer.TOPIC,
        key=key,
        event_id=derived_id(key, canonical.sha256(answer)),
        type=answer.TYPE,
        effective_at=asked.received_at or recorded_at,
        recorded_at=recorded_at,
        actor=system_actor(service),
        correlation_id="",
        causation_id="",
        traceparent=asked.traceparent,
    )
    return outbox_row(head, answer)
