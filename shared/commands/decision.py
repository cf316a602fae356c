"""What a decider answers: events to record, and an outcome.

A refusal is no decision: it is raised (`shared.kernel.errors.Refused` and its kin) and records nothing.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from shared.messages.events import NewEvent

OutcomeKind = Literal["done", "unchanged", "conditional", "without_effect", "refused"]


class Outcome(Struct, frozen=True, kw_only=True):
    """How a command ended.

    done: recorded. unchanged: a repeat, nothing recorded (R-421). conditional: recorded, decided later (R-401,
    R-403). without_effect: recorded as a communication that does not count, with rule and reason (R-426).
    refused: only in stored results. `data` holds what the caller goes on with, in the types that commands take: the id
    of what was made, the version that a signature covers. `made` and `parameters`, where there are any: the ids of what
    came with it, by kind, and the numbers that it got, by name.
    """

    kind: OutcomeKind = "done"
    code: str = ""
    rule: str = ""
    field: str = ""
    detail: str = ""
    data: dict[str, str | int] = msgspec.field(default_factory=dict)
    made: dict[str, tuple[str, ...]] | UnsetType = UNSET
    parameters: dict[str, str] | UnsetType = UNSET


class FinalAnswer(Struct, frozen=True, kw_only=True):
    """Replaces the stored result of an earlier conditional command once it has been decided.

    (tenant is the command's own; `issuer`, `subject`, `key` name the earlier command.)
    """

    issuer: str
    subject: str
    key: str
    outcome: Outcome


class Decision(Struct, frozen=True, kw_only=True):
    """Events for streams of one scope, in order, and the outcome; `final_answers` settle earlier conditional acts."""

    events: tuple[NewEvent, ...] = ()
    outcome: Outcome = Outcome()
    final_answers: tuple[FinalAnswer, ...] = ()


class Result(Struct, frozen=True, kw_only=True):
    """The stored, repeatable answer to a command; the same bytes for the first call and every repeat.

    `version` is the version of the command's stream after it, `position` the log position of the last event
    written (0 when nothing was written), `event_ids` the events it wrote.
    """

    outcome: Outcome
    stream: str
    version: int
    position: int
    event_ids: tuple[str, ...] = ()


UNCHANGED = Decision(outcome=Outcome(kind="unchanged"))
