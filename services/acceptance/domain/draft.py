"""A decision in the making: what it has recorded so far, and the state that follows from it.

A deadline that lapses accepts an item, which completes a payment line, which requests an invoice: one decision, each
part of which looks at the state that the parts before it have made. A draft is local to one call of `decide` or
`react`, so both stay pure.
"""

from __future__ import annotations

from typing import NamedTuple

from services.acceptance.domain.base import DossierEvent, ItemEvent, SettlementEvent
from services.acceptance.domain.errors import CalendarNotArrived, ItemUnknown
from services.acceptance.domain.evolve import evolve
from services.acceptance.domain.state import CalendarKnown, Contract, Item
from shared.commands.decision import Decision, FinalAnswer, Outcome
from shared.commands.service import Facts
from shared.kernel.actors import Actor, system_actor
from shared.kernel.errors import told
from shared.kernel.ids import event_id
from shared.kernel.instants import Instant
from shared.kernel.names import stream_name
from shared.messages.events import Event, NewEvent, Recorded
from shared.periods import WorkCalendar
from shared.public_events.scopes import calendar_scope, contract_scope

LEDGER = system_actor("acceptance")


def dossier_stream(contract: str) -> str:
    """The stream of what belongs to no item of a contract."""
    return stream_name("dossier", contract)


def item_stream(contract: str, item: str) -> str:
    """The stream of an item; acts about the contract as a whole stand in its dossier."""
    return stream_name("item", contract, item) if item else dossier_stream(contract)


def settlement_stream(contract: str) -> str:
    """The stream of a contract's payment lines."""
    return stream_name("settlement", contract)


class Mark(NamedTuple):
    """How far a draft had come."""

    state: Contract
    events: int
    answers: int


class DecisionDraft:
    """Events, answers and the state after them. `root` is the id that the ids of the events are derived from."""

    def __init__(self, state: Contract, *, tenant: str, root: str, facts: Facts) -> None:
        self.state = state
        self.tenant = tenant
        self._root = root
        self._facts = facts
        self._events: list[NewEvent] = []
        self._answers: list[FinalAnswer] = []

    @property
    def contract(self) -> str:
        """The id of the contract."""
        return self.state.contract

    @property
    def calendar(self) -> WorkCalendar:
        """The contract's working calendar; raises CalendarNotArrived while none has arrived."""
        known = self._facts[calendar_scope(self.state.terms.calendar)]
        if not isinstance(known, CalendarKnown):
            raise CalendarNotArrived(self.state.terms.calendar)
        return known.calendar

    def item(self, name: str) -> Item:
        """An item as it is now; raises ItemUnknown."""
        if name not in self.state.items:
            raise ItemUnknown(name, known=told(self.state.items))
        return self.state.items[name]

    def record(self, data: Event, effective_at: Instant, actor: Actor = LEDGER) -> str:
        """Propose an event for the stream that it belongs to, fold it, and return the id that it will have.

        Without an actor the event is the ledger's own: what the rules make follow from somebody's act.
        """
        identity = event_id(self._root, len(self._events))
        stream = self._stream(data)
        self._events.append(NewEvent(stream=stream, data=data, effective_at=effective_at, actor=actor))
        folded = evolve(self.state, self._recorded(identity, stream, data, effective_at, actor))
        if not isinstance(folded, Contract):
            raise TypeError(f"{data.TOPIC} does not leave a contract")
        self.state = folded
        return identity

    def answer(self, answer: FinalAnswer) -> None:
        """Settle the stored result of an earlier conditional act."""
        self._answers.append(answer)

    def mark(self) -> Mark:
        """A point that `back_to` can return to."""
        return Mark(self.state, len(self._events), len(self._answers))

    def back_to(self, mark: Mark) -> None:
        """Take back what was recorded since: an act was refused, or turned out to change nothing."""
        self.state = mark.state
        del self._events[mark.events :]
        del self._answers[mark.answers :]

    def decision(self, outcome: Outcome | None = None) -> Decision:
        """The finished decision; without an outcome it is done, or unchanged when nothing was recorded."""
        if outcome is None:
            outcome = Outcome(kind="done" if self._events else "unchanged")
        return Decision(events=tuple(self._events), outcome=outcome, final_answers=tuple(self._answers))

    def _stream(self, data: Event) -> str:
        match data:
            case ItemEvent(item=name):
                return item_stream(self.contract, name)
            case SettlementEvent():
                return settlement_stream(self.contract)
            case DossierEvent():
                return dossier_stream(self.contract)
            case _:
                # A deadline stands with what it is about.
                return item_stream(self.contract, data.deadline.item)  # type: ignore[attr-defined]

    def _recorded(self, identity: str, stream: str, data: Event, effective_at: Instant, actor: Actor) -> Recorded:
        """The event as the fold sees it; place and time of recording are the store's to give, no fold reads them."""
        return Recorded(
            position=0,
            tenant=self.tenant,
            scope=contract_scope(self.contract),
            stream=stream,
            version=0,
            event_id=identity,
            type=data.TOPIC,
            effective_at=effective_at,
            recorded_at=effective_at,
            actor=actor,
            correlation_id="",
            causation_id="",
            traceparent=None,
            data=data,
        )
