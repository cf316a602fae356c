"""The smallest services that write what real ones write: an event of a few hundred bytes and its public event, and
what follows from it in another service.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from shared.commands.command import Command, Context
from shared.commands.decision import Decision
from shared.commands.service import Facts, Service
from shared.eventstore.port import EventLog
from shared.kernel.actors import Actor
from shared.kernel.ids import derived_id
from shared.messages.events import Event, FeedReceived, NewEvent, Recorded
from shared.messages.registry import Registry
from shared.public_events.envelope import PublicEvent, PublicMessage

NOTES_IN_FLIGHT = 64
NOTES_A_CONTRACT = 20

TENANT = "bench"
NOW = "2026-03-02T01:30:00.000Z"
ACTOR = Actor(issuer="https://id.bench", subject="writer", organisation="acme", role="project_manager", side="provider")
TEXT = "Deliverable 3 of the second phase, uploaded by the provider and shown to the customer's project manager."


class Noted(Event, frozen=True, kw_only=True):
    """Something was written down."""

    TOPIC: ClassVar[str] = "bench.noted.v1"

    text: str
    number: int


class NoteTaken(PublicEvent, frozen=True, kw_only=True):
    """The public form."""

    TYPE: ClassVar[str] = "bench.note_taken.v1"
    TOPIC: ClassVar[str] = "bench.notes.v1"

    text: str
    number: int


class Note(Struct, frozen=True, kw_only=True):
    """Write something down."""

    text: str


class Notebook(Struct, frozen=True, kw_only=True):
    """How much is written in it."""

    notes: int = 0


def evolve(state: Notebook, recorded: Recorded) -> Notebook:
    return Notebook(notes=state.notes + 1) if isinstance(recorded.data, Noted) else state


def decide(state: Notebook, command: Command[Any], facts: Facts) -> Decision:
    noted = Noted(text=command.body.text, number=state.notes + 1)
    return Decision(events=(NewEvent(stream=command.stream, data=noted, effective_at=command.context.received_at),))


def to_public(state: Notebook, recorded: Recorded) -> tuple[PublicMessage, ...]:
    noted = recorded.data
    assert isinstance(noted, Noted)
    return (PublicMessage(key=recorded.scope, data=NoteTaken(text=noted.text, number=noted.number)),)


NOTEBOOKS: Service[Notebook] = Service(
    name="bench",
    events=Registry((Noted,), "TOPIC"),
    initial=Notebook,
    evolve=evolve,
    decide=decide,
    to_public=to_public,
)


def react(state: Notebook, recorded: Recorded, facts: Facts) -> Decision:
    assert isinstance(recorded.data, FeedReceived)
    taken = msgspec.json.decode(recorded.data.data, type=NoteTaken)
    noted = Noted(text=taken.text, number=state.notes + 1)
    return Decision(
        events=(NewEvent(stream=f"notes-{recorded.scope}", data=noted, effective_at=recorded.effective_at),)
    )


READERS: Service[Notebook] = Service(
    name="reader",
    events=Registry((Noted,), "TOPIC"),
    initial=Notebook,
    evolve=evolve,
    decide=decide,
    react=react,
    to_public=lambda state, recorded: (),
    scope_of_feed=lambda type, key: key,
    subscriptions={"bench": (NoteTaken.TOPIC,)},
)


async def take_notes(log: EventLog[Any], count: int) -> None:
    """Fill a log as NOTES_IN_FLIGHT callers would, each with NOTES_A_CONTRACT notes on one contract after the other."""
    contracts = iter(range(0, count, NOTES_A_CONTRACT))

    async def caller() -> None:
        for contract in contracts:
            for number in range(NOTES_A_CONTRACT):
                await log.submit(note(f"C{contract}", number))

    await asyncio.gather(*(caller() for _ in range(NOTES_IN_FLIGHT)))


def note(contract: str, number: int, received_machine_s: float = 0.0) -> Command[Any]:
    """The command that writes note `number` on a contract, under a key of its own."""
    command_id = derived_id(contract, str(number))
    context = Context(
        tenant=TENANT,
        actor=ACTOR,
        key=command_id,
        fingerprint=command_id,
        command_id=command_id,
        received_at=NOW,
        received_machine_s=received_machine_s,
    )
    return Command(scope=f"contract/{contract}", stream=f"contract-{contract}", context=context, body=Note(text=TEXT))
