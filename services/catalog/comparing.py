"""Two editions of a service side by side: the entry as a buyer of each edition sees it, and where the two differ."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from services.catalog.differing import Change, differences
from services.catalog.domain.errors import EditionUnknown
from services.catalog.exporting import entry_document
from shared.catalogue.format.model import Service
from shared.kernel.errors import told


class Comparison(Struct, frozen=True, kw_only=True):
    """Where two editions differ: `added` stands only in `other`, `removed` only in `one`."""

    service: str
    one: str
    other: str
    differences: tuple[Change, ...]


def compare(service: Service, one: str, other: str) -> Comparison:
    """Compare two editions by their ids; raises EditionUnknown with the name of the argument."""
    known = [edition.id for edition in service.editions]
    for field, edition in (("one", one), ("other", other)):
        if edition not in known:
            raise EditionUnknown(f"{service.id}:{edition}", field=field, known=told(known))
    document = entry_document(service)
    changes = differences(as_bought(document, one), as_bought(document, other))
    return Comparison(service=service.id, one=one, other=other, differences=tuple(changes))


def as_bought(document: dict[str, Any], edition: str) -> dict[str, Any]:
    """An export entry as one of its editions has it: how it is chosen, its entries, its matrix cells, its figures."""
    own = next(entry for entry in document["editions"] if entry["id"] == edition)
    rest = {key: value for key, value in document.items() if key not in ("editions", "choices", "matrix")}
    rows = [
        {**_inside(row, edition), "cells": row["cells"][edition]}
        for row in document["matrix"]
        if _holds(row, edition) and edition in row["cells"]
    ]
    choices = [
        {key: value for key, value in choice.items() if key not in ("of", "editions")}
        for choice in document["choices"]
        if edition in choice["of"]
    ]
    about = {key: value for key, value in own.items() if key not in ("id", "name_zh", "name_en", "source")}
    return {"edition": about, "choices": choices, "matrix": rows, **_inside(rest, edition)}


def _inside(value: Any, edition: str) -> Any:
    """The value without what belongs to other editions, and without saying which editions it belongs to."""
    if isinstance(value, dict):
        return {key: _inside(inner, edition) for key, inner in value.items() if key not in ("editions", "edition")}
    if isinstance(value, list):
        return [_inside(item, edition) for item in value if _holds(item, edition)]
    return value


def _holds(entry: Any, edition: str) -> bool:
    """An entry names its editions, a figure its one edition; without either it holds for all."""
    if not isinstance(entry, dict):
        return True
    return edition in entry.get("editions", (edition,)) and entry.get("edition") in (None, edition)
