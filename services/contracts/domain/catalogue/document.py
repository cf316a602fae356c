"""A catalogue entry as contracts reads it: the parts of the export document from which terms are made.

Services do not import each other, so these structs name only what drafting needs; unknown keys of the document are
ignored, and a document that lacks a needed one is not usable (R-020).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from shared.public_events.terms import Layer

PERIOD_UNITS: dict[str, str] = {
    "working_day": "wd",
    "calendar_day": "d",
    "week": "w",
    "month": "m",
    "quarter": "q",
    "year": "y",
    "hour": "h",
    "minute": "min",
}

Acceptor = Literal["acceptor", "responsible_person", "customer", "both_sides", "both_project_managers"]


class Period(Struct, frozen=True):
    """A length of time of the document; None where the contract fills it."""

    unit: str
    value: int | None = None

    def text(self) -> str | None:
        """The period as contracts writes it (`5wd`), None while it is open."""
        return None if self.value is None else f"{self.value}{PERIOD_UNITS[self.unit]}"


class Note(Struct, frozen=True):
    """A remark on an entry; `rule` names the rule that it is about."""

    text_en: str
    text_zh: str | None = None
    rule: str | None = None


class Entry(Struct, frozen=True):
    """What list entries share: the editions they hold for, None for all, and notes."""

    editions: tuple[str, ...] | None = None
    notes: tuple[Note, ...] = ()


class Named(Struct, frozen=True):
    """Something known by its Chinese name."""

    kind: str
    name_zh: str


class Statement(Struct, frozen=True):
    """A short statement of the document."""

    text_en: str
    text_zh: str | None = None


class Edition(Struct, frozen=True):
    """Something chosen or bought as a whole; of a pack several can be bought."""

    id: str
    kind: str = ""


class Choice(Entry, frozen=True, kw_only=True):
    """How many of a group of editions or options are chosen (R-022..R-026)."""

    kind: str
    of: tuple[str, ...]
    mandatory: bool = False
    rule: str | None = None


class Option(Struct, frozen=True):
    """An extra with a unit of its own."""

    id: str


class MatrixRow(Struct, frozen=True):
    """A row of the feature matrix."""

    item_zh: str


class Deliverable(Entry, frozen=True, kw_only=True):
    """A deliverable of the document."""

    id: str
    name_zh: str
    name_en: str = ""
    phase_zh: str | None = None
    type_zh: str | None = None
    conditional: bool = False
    blocking: bool = True
    alternative_group: str | None = None


class Objection(Struct, frozen=True):
    """How an acceptance is stopped or refused, and how the next round runs."""

    kind: str
    neutral_reply_stops: bool | None = None
    any_person_stops: bool = False
    re_review_period: Period | None = None
    re_review_silence: bool = False
    discussion_period: Period | None = None


class Acceptance(Entry, frozen=True, kw_only=True):
    """One acceptance item of the document."""

    id: str
    name_zh: str | None = None
    name_en: str = ""
    layer: Layer
    covers: tuple[Named, ...] = ()
    profile: str
    forms: tuple[str, ...] = ()
    forms_needed: Literal["any", "all"] = "any"
    acceptor: Acceptor | None = None
    criteria: tuple[Statement, ...] = ()
    review_period: Period | None = None
    starts: str | None = None
    silence: bool = False
    use_is_acceptance: bool = False
    rework_period: Period | None = None
    objection: Objection | None = None
    after: tuple[str, ...] = ()
    confirms: tuple[str, ...] = ()


class Milestone(Entry, frozen=True, kw_only=True):
    """A milestone of the document; `offset` None where the contract fills it."""

    name_zh: str
    name_en: str = ""
    offset: int | None = None
    unit: str | None = None
    covers: tuple[Named, ...] = ()
    met_when: Literal["submitted", "accepted", "confirmed"] | None = None

    def offset_text(self) -> str | None:
        """The period from T; a unit that is not printed is calendar days (R-105)."""
        unit = PERIOD_UNITS[self.unit or "calendar_day"]
        return None if self.offset is None else f"{self.offset}{unit}"


class AfterCare(Entry, frozen=True, kw_only=True):
    """A duty after acceptance."""

    kind: str
    name_zh: str
    period: Period | None = None
    starts: str | None = None


class Payment(Entry, frozen=True, kw_only=True):
    """How payment is tied to the work."""

    kind: str


class ServiceDocument(Struct, frozen=True, kw_only=True):
    """The parts of a catalogue service that make the terms of a contract."""

    id: str
    name_zh: str
    editions: tuple[Edition, ...] = ()
    choices: tuple[Choice, ...] = ()
    options: tuple[Option, ...] = ()
    matrix: tuple[MatrixRow, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    acceptance: tuple[Acceptance, ...] = ()
    after_care: tuple[AfterCare, ...] = ()
    payment: tuple[Payment, ...] = ()


AnyEntry = TypeVar("AnyEntry", bound=Entry)


def of_editions(entries: Iterable[AnyEntry], chosen: frozenset[str]) -> tuple[AnyEntry, ...]:
    """The entries that hold for the chosen editions."""
    return tuple(entry for entry in entries if entry.editions is None or not chosen.isdisjoint(entry.editions))


def read_document(document: bytes) -> ServiceDocument:
    """Decode a published document; raises msgspec.MsgspecError when it is no catalogue entry."""
    return msgspec.json.decode(document, type=ServiceDocument)
