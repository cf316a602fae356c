"""What a check may look at beside the service itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import UNSET, Struct

from services.catalog.problems import Defect
from shared.catalogue.format import vocabulary as v
from shared.catalogue.format.model import Service
from shared.catalogue.format.values import Entry


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source document: section numbers to titles, for the whole of it and for the chapter of each service."""

    id: str
    provider: v.Provider
    title_zh: str
    version: str
    sections: dict[str, str]
    chapters: dict[str, dict[str, str]]


class Contradiction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contradiction of the rule book (C-id), the services that it concerns, and its resolution."""

    id: v.ContradictionId
    services: tuple[v.ServiceId, ...]
    resolution_en: str


class Context(Struct, frozen=True, kw_only=True):
    """The other services by id, the documents and the contradictions."""

    services: Mapping[str, Service]
    documents: tuple[Document, ...]
    contradictions: tuple[Contradiction, ...]

    def sections_of(self, service: str, provider: str) -> frozenset[str]:
        """The section numbers that a value of this service may come from."""
        numbers: set[str] = set()
        for document in self.documents:
            if document.provider == provider:
                numbers.update(document.sections, document.chapters.get(service, {}))
        return frozenset(numbers)


Check = Callable[[Service, Context], Iterator[Defect]]


def editions_of(entry: Entry) -> frozenset[str] | None:
    """The ids that the entry is limited to; None = all."""
    return None if entry.editions is UNSET else frozenset(entry.editions)


def overlap(one: Entry, other: Entry) -> bool:
    """Whether some edition has both entries."""
    first, second = editions_of(one), editions_of(other)
    return first is None or second is None or bool(first & second)


def duplicates(values: list[Any]) -> Iterator[tuple[int, Any]]:
    """Positions and values that stood earlier in the list already."""
    seen: set[Any] = set()
    for position, value in enumerate(values):
        if value in seen:
            yield position, value
        seen.add(value)
