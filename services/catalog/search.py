"""Search over catalogue entries held in memory: Chinese substrings, pinyin initials and English words in, hits out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from msgspec import Struct
from pypinyin import Style, lazy_pinyin

from shared.catalogue.format.model import Service

HITS_MAX = 60


class Hit(Struct, frozen=True, kw_only=True):
    """A service that was found, and the names in it that matched."""

    service: str
    provider: str
    category: str | None
    name_zh: str
    name_en: str
    matched: tuple[str, ...]


@dataclass(frozen=True)
class Indexed:
    """A service whose names are made ready for search when it is first searched."""

    service: Service

    @cached_property
    def names(self) -> tuple[tuple[str, str, str], ...]:
        """The names of the service and of what is in it, each beside its text and its initials in lower case."""
        return tuple(_keys(name) for name in dict.fromkeys(_names(self.service)))


def search(
    entries: Iterable[Indexed], text: str = "", provider: str | None = None, category: str | None = None
) -> list[Hit]:
    """Services in which every word of `text` is found, in the order given; an empty text browses."""
    words = text.lower().split()
    hits: list[Hit] = []
    for entry in entries:
        service = entry.service
        if provider not in (None, service.provider) or category not in (None, service.category):
            continue
        found = [[name for name, plain, initials in entry.names if word in plain or word in initials] for word in words]
        if all(found):
            matched = tuple(dict.fromkeys(name for names in found for name in names))
            hits.append(_hit(service, matched))
    return hits[:HITS_MAX]


def _hit(service: Service, matched: tuple[str, ...]) -> Hit:
    return Hit(
        service=service.id,
        provider=service.provider,
        category=service.category,
        name_zh=service.name_zh,
        name_en=service.name_en,
        matched=matched,
    )


def _names(service: Service) -> Iterator[str]:
    yield from (service.id, service.name_zh, service.name_en)
    if service.category_zh is not None:
        yield service.category_zh
    for named in (service.editions, service.options, service.modules, service.phases, service.deliverables):
        for entry in named:
            yield from (entry.name_zh, entry.name_en)
    for deliverable in service.deliverables:
        yield from deliverable.aliases
    for row in service.matrix:
        yield row.item_zh
        if row.item_en is not None:
            yield row.item_en


def _keys(name: str) -> tuple[str, str, str]:
    return name, name.lower(), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
