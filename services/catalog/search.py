"""Search over catalogue entries held in memory: Chinese substrings, pinyin initials and English words in, hits out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec import Struct
from pypinyin import Style, lazy_pinyin

from services.catalog.model import Service

HITS_MAX = 60


class Hit(Struct, frozen=True, kw_only=True):
    """A service that was found, and the names in it that matched."""

    service: str
    provider: str
    category: str | None
    name_zh: str
    name_en: str
    matched: tuple[str, ...]


class Dependency(Struct, frozen=True, kw_only=True):
    """`service` needs `needs` (a service, edition, deliverable or product) before `condition`."""

    service: str
    needs: str
    kind: str
    condition: str | None


@dataclass(frozen=True)
class Indexed:
    """A service with its names, each beside its text and initials in lower case."""

    service: Service
    names: tuple[tuple[str, str, str], ...]


def index(services: Iterable[Service]) -> tuple[Indexed, ...]:
    """The entries ready for search; made once for a set of revisions."""
    return tuple(Indexed(service, tuple(_keys(name) for name in _names(service))) for service in services)


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


def dependencies(services: Iterable[Service]) -> list[Dependency]:
    """What depends on what, as the prerequisites say."""
    kinds = ("service_bought", "edition_bought", "deliverable_accepted", "product_owned")
    return [
        Dependency(service=service.id, needs=p.of or p.of_zh or "", kind=p.kind, condition=p.condition)
        for service in services
        for p in service.prerequisites
        if p.kind in kinds
    ]


def _hit(service: Service, matched: tuple[str, ...]) -> Hit:
    return Hit(
        service=service.id,
        provider=service.provider,
        category=service.category,
        name_zh=service.name_zh,
        name_en=service.name_en,
        matched=matched,
    )


def _names(service: Service) -> list[str]:
    chinese = [
        *(edition.name_zh for edition in service.editions),
        *(option.name_zh for option in service.options),
        *(module.name_zh for module in service.modules),
        *(deliverable.name_zh for deliverable in service.deliverables),
    ]
    english = [
        *(edition.name_en for edition in service.editions),
        *(option.name_en for option in service.options),
        *(module.name_en for module in service.modules),
        *(deliverable.name_en for deliverable in service.deliverables),
    ]
    return [service.id, service.name_zh, service.name_en, *chinese, *english]


def _keys(name: str) -> tuple[str, str, str]:
    return name, name.lower(), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
