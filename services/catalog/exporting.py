"""The catalogue as data for others: one JSON document in stable order, its counts, and the JSON Schema of a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.catalog.model import Service
from services.catalog.tiers import Tier
from services.catalog.values import Note
from services.catalog.walking import walk

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


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


def service_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one service file, generated from the structs."""
    return _schema("service", "A catalogue service", msgspec.json.schema(Service))


def export_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the export."""
    schemas, definitions = msgspec.json.schema_components((Service, Tier), ref_template="#/$defs/{name}")
    services, tiers = ({"type": "array", "items": items} for items in schemas)
    return _schema(
        "export",
        "The catalogue, as printed by `qizhang catalog export --json`",
        {
            "type": "object",
            "properties": {"services": services, "tiers": tiers},
            "required": ["services", "tiers"],
            "additionalProperties": False,
            "$defs": definitions,
        },
    )


def _schema(name: str, title: str, body: dict[str, Any]) -> dict[str, Any]:
    return _plain({"$schema": SCHEMA_DIALECT, "$id": f"urn:qizhang:catalogue:{name}", "title": title, **body})


def _plain(value: object) -> dict[str, Any]:
    """Plain JSON data: what a reader of the encoded bytes gets."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
    return document
