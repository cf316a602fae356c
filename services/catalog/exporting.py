"""The catalogue as data for others: one JSON document in stable order, and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.catalog.format.tiers import Tier
from services.catalog.walking import walk
from shared.catalogue.format.model import Service
from shared.catalogue.format.values import Note


def entry_document(entry: Service | Tier) -> dict[str, Any]:
    """One entry of the export as plain JSON data, keys in declared order.

    Every default is written out; of the common keys (editions, source, notes) those that the entry lacks are left out.
    """
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(entry))
    return document


def export_document(services: Sequence[Service], tiers: Sequence[Tier]) -> dict[str, Any]:
    """The whole export, `{"services": [...], "tiers": [...]}`, in the order given."""
    return {
        "services": [entry_document(service) for service in services],
        "tiers": [entry_document(tier) for tier in tiers],
    }


def counts(services: Sequence[Service]) -> dict[str, int]:
    """How much there is; notes count wherever they stand."""
    lists = ("editions", "deliverables", "matrix", "raci", "acceptance", "milestones")
    totals = {name: sum(len(getattr(service, name)) for service in services) for name in lists}
    notes = sum(isinstance(value, Note) for service in services for _, value in walk(service))
    return {"services": len(services), **totals, "notes": notes}
