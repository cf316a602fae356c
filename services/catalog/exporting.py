"""The catalogue as data for others: one JSON document in stable order, and its counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.catalog.model import Service
from services.catalog.tiers import Tier
from services.catalog.values import Note
from services.catalog.walking import walk


def service_document(service: Service) -> dict[str, Any]:
    """One entry of the export: every default written out, absent common keys left out, keys in declared order."""
    return _plain(service)


def tier_document(tier: Tier) -> dict[str, Any]:
    """The same for a tier."""
    return _plain(tier)


def export_document(services: Sequence[Service], tiers: Sequence[Tier]) -> dict[str, Any]:
    """The whole export, `{"services": [...], "tiers": [...]}`, in the order given."""
    return {
        "services": [service_document(entry) for entry in services],
        "tiers": [tier_document(tier) for tier in tiers],
    }


def counts(services: Sequence[Service]) -> dict[str, int]:
    """How much there is; notes count wherever they stand."""
    lists = ("editions", "deliverables", "matrix", "raci", "acceptance", "milestones")
    totals = {name: sum(len(getattr(service, name)) for service in services) for name in lists}
    notes = sum(isinstance(value, Note) for service in services for _, value in walk(service))
    return {"services": len(services), **totals, "notes": notes}


def _plain(value: object) -> dict[str, Any]:
    """Plain JSON data: what a reader of the encoded bytes gets."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return document
