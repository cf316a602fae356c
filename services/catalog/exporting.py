"""The catalogue as data for others: one JSON document in stable order, and the JSON Schema of a service file."""

from __future__ import annotations

from typing import Any

import msgspec

from services.catalog.model import Service

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def service_document(service: Service) -> dict[str, Any]:
    """One entry of the export: every default written out, absent common keys left out, keys in declared order."""
    document: dict[str, Any] = msgspec.to_builtins(service)
    return document


def service_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of one service file, generated from the structs."""
    schema = msgspec.json.schema(Service)
    return {"$schema": SCHEMA_DIALECT, "$id": "urn:qizhang:catalogue:service", "title": "A catalogue service", **schema}
