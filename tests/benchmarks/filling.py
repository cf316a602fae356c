"""Fills the logs of an embedded ledger with copies of one contract, through the stores: what they hold is what a
lived contract leaves, but for the ids. Views are left to the ledger, which folds them at its next start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from services.hosting.parts import PARTS
from shared.bus.follower import PARTITIONS
from shared.commands.decision import Outcome, Result
from shared.commands.service import Service
from shared.commands.stored_answer import StoredAnswer, encode_answer
from shared.eventstore.believed import NOTHING_SEEN
from shared.eventstore.envelopes import EnvelopeHead
from shared.eventstore.log import open_log
from shared.eventstore.service_log import ServiceLog
from shared.eventstore.store import EventRow, OutboxMessage, Question, ResultRow, Writes
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.messages import canonical
from shared.messages.codec import Codec
from shared.messages.events import FeedReceived, Recorded

# So many copies go into one transaction.
COPIES_A_TRANSACTION: Final = 50
PAGE: Final = 1000

_ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){4}[0-9a-f]{8}")
_DIGITS: Final = 7


class Text:
    """A text of the contract that is copied, cut where its name and its own ids stand."""

    def __init__(self, text: bytes, name: str, own: frozenset[str]) -> None:
        cut = re.split(f"({re.escape(name)}|{_ID.pattern})", text.decode())
        self._parts = [part.encode() for part in cut]
        self._names = [place for place, part in enumerate(cut) if part == name]
        self._ids = [place for place, part in enumerate(cut) if part in own]

    def of(self, number: int, name: bytes) -> bytes:
        """The text of copy `number`, which is called `name`."""
        parts, end = self._parts.copy(), f"{number:0{_DIGITS}x}".encode()
        for place in self._names:
            parts[place] = name
        for place in self._ids:
            parts[place] = parts[place][:-_DIGITS] + end
        return b"".join(parts)


class _Event(Struct, frozen=True):
    recorded: Recorded
    body: Text
    scope: Text
    stream: Text
    event_id: Text
    has_deadlines: bool
    is_own: bool


class _Message(Struct, frozen=True):
    tenant: str
    topic: str
    key: Text
    head: Text
    data: Text


async def fill(folder: Path, name: str, copies: range) -> None:
    """Copy the contract called `name` into every log below `folder`, once for each number, under `copy_name`."""
    logs: dict[str, ServiceLog[Any]] = {}
    for part in PARTS:
        location = f"sqlite:///{folder / part.name}.db"
        log = await open_log(part.service, location, SystemLegalClock(), SystemMachineClock())
        assert isinstance(log, ServiceLog)
        logs[part.name] = log
    own = {part.name: await _own(logs[part.name], name) for part in PARTS}
    ids = frozenset(id for found in own.values() for id in found[2])
    for part in PARTS:
        await _fill(part.service, logs[part.name], name, ids, own[part.name], copies)
    for part in PARTS:
        for source in part.service.subscriptions:
            await _as_delivered(logs[part.name], source, logs[source])
    for log in logs.values():
        await log.close()


def copy_name(number: int) -> str:
    """What a copy is called: as long as any other."""
    return f"K{number:0{_DIGITS}d}"


Own = tuple[list[Recorded], list[OutboxMessage], set[str]]


async def _own(log: ServiceLog[Any], name: str) -> Own:
    """The events and messages of the contract in one log, and their ids."""
    codec, events, messages = log._codec, [], []
    position = 0
    while page := await log.read(position, PAGE):
        events += [event for event in page if name.encode() in codec.encode(event)]
        position = page[-1].position
    position = 0
    while rows := await log.outbox(position, PAGE):
        for row in rows:
            sent = row.envelope
            head = EnvelopeHead(**{field: getattr(sent, field) for field in EnvelopeHead.__struct_fields__})
            if name.encode() in (encoded := canonical.encode(head)):
                messages.append(OutboxMessage(sent.tenant, sent.topic, sent.key, encoded, sent.data))
        position = rows[-1].position
    named = [text for event in events for text in (event.event_id, event.correlation_id, event.stream)]
    named += [message.head.decode() for message in messages]
    return events, messages, {id for text in named for id in _ID.findall(text)}


async def _fill(
    service: Service[Any], log: ServiceLog[Any], name: str, ids: frozenset[str], own: Own, copies: range
) -> None:
    codec = log._codec

    def text(of: str | bytes) -> Text:
        return Text(of.encode() if isinstance(of, str) else of, name, ids)

    events = [
        _Event(
            event,
            text(codec.encode(event)),
            text(event.scope),
            text(event.stream),
            text(event.event_id),
            bool(service.deadline_changes(event)),
            not isinstance(event.data, FeedReceived),
        )
        for event in own[0]
    ]
    messages = [_Message(m.tenant, m.topic, text(m.key), text(m.head), text(m.data)) for m in own[1]]
    for start in range(copies.start, copies.stop, COPIES_A_TRANSACTION):
        numbers = range(start, min(start + COPIES_A_TRANSACTION, copies.stop))
        await log._threads.write(_write, service, log, codec, events, messages, numbers)


def _write(
    service: Service[Any],
    log: ServiceLog[Any],
    codec: Codec,
    events: list[_Event],
    messages: list[_Message],
    numbers: range,
) -> None:
    with log._store.write() as transaction:
        position = transaction.ask(Question(tail=NOTHING_SEEN, scopes={})).newest.position
        writes = Writes()
        for number in numbers:
            for row, recorded in _rows(codec, events, number, position):
                position = row.position
                writes.events.append(row)
                if recorded:
                    writes.deadlines |= {(c.tenant, c.deadline_id): c for c in service.deadline_changes(recorded)}
            writes.results |= {result[:4]: result for result in _results(writes.events[-len(events) :], events, number)}
            called = copy_name(number).encode()
            writes.outbox += [
                OutboxMessage(
                    message.tenant,
                    message.topic,
                    message.key.of(number, called).decode(),
                    message.head.of(number, called),
                    message.data.of(number, called),
                )
                for message in messages
            ]
        transaction.insert(writes)
        transaction.commit()


def _rows(codec: Codec, events: list[_Event], number: int, tail: int) -> Iterator[tuple[EventRow, Recorded | None]]:
    called = copy_name(number).encode()
    for position, event in enumerate(events, tail + 1):
        body, recorded = event.body.of(number, called), event.recorded
        row = EventRow(
            position,
            recorded.tenant,
            event.scope.of(number, called).decode(),
            event.stream.of(number, called).decode(),
            recorded.version,
            event.event_id.of(number, called).decode(),
            recorded.type,
            recorded.recorded_at,
            body,
        )
        yield row, codec.decode(position, body) if event.has_deadlines else None


def _results(rows: list[EventRow], events: list[_Event], number: int) -> Iterator[ResultRow]:
    """An answer for each event that is the ledger's own, as commands leave them."""
    for place, (row, event) in enumerate(zip(rows, events, strict=True)):
        if event.is_own:
            result = Result(
                outcome=Outcome(kind="done"),
                stream=row.stream,
                version=row.version,
                position=row.position,
                event_ids=(row.event_id,),
            )
            actor = event.recorded.actor
            key, fingerprint = f"{copy_name(number)}-{place}", f"{number:064x}"
            answer = encode_answer(StoredAnswer(result=result))
            yield ResultRow(row.tenant, actor.issuer, actor.subject, key, fingerprint, answer)


async def _as_delivered(receiver: ServiceLog[Any], source: str, log: ServiceLog[Any]) -> None:
    """What was copied on both sides is not carried from one to the other again."""
    end = 0
    while rows := await log.outbox(end, PAGE):
        end = rows[-1].position
    for number in range(PARTITIONS):
        lane = f"bus/{source}/{number}-of-{PARTITIONS}"
        await receiver.set_position(lane, await receiver.get_position(lane), end)
