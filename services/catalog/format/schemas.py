"""The published JSON Schemas (2020-12) of a service file and of the export, generated from the structs.

In a file what the source leaves out may be left out; in the export every key stands, with null or an empty list.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec

from services.catalog.format.tiers import Tier
from shared.catalogue.format.model import Service
from shared.messages.schemas import portable

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

# The two forms of a period (values.py): exact, or a range.
_PERIOD_FORMS = [
    {"required": ["value"], "not": {"anyOf": [{"required": [name]} for name in ("min", "max", "approx")]}},
    {"required": ["min", "max", "approx"], "not": {"required": ["value"]}},
]


def service_schema() -> dict[str, Any]:
    """The schema of one service file."""
    (reference,), definitions = _components(Service)
    return _schema("service", "A catalogue service", {**reference, "$defs": definitions})


def export_schema() -> dict[str, Any]:
    """The schema of the export."""
    references, definitions = _components(Service, Tier)
    services, tiers = ({"type": "array", "items": reference} for reference in references)
    return _schema(
        "export",
        "The catalogue, as printed by `qizhang catalog export --json`",
        {
            "type": "object",
            "properties": {"services": services, "tiers": tiers},
            "required": ["services", "tiers"],
            "additionalProperties": False,
            "$defs": {name: _written_out(definition) for name, definition in definitions.items()},
        },
    )


def _components(*kinds: type[Any]) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    references, definitions = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    return references, {name: _described(definition) for name, definition in definitions.items()}


def _described(definition: dict[str, Any]) -> dict[str, Any]:
    """With the docstring as text, and the rule of a period that types cannot say."""
    described = {**definition, "description": inspect.cleandoc(definition["description"])}
    if "approx" in definition["properties"]:
        described["oneOf"] = _PERIOD_FORMS
    return described


def _written_out(definition: dict[str, Any]) -> dict[str, Any]:
    """What has a default in a file is always there in the export; `editions`, `source` and `notes` have none."""
    properties = definition["properties"]
    always = [key for key, value in properties.items() if key in definition["required"] or "default" in value]
    plain = {
        key: {name: part for name, part in value.items() if name != "default"} for key, value in properties.items()
    }
    return {**definition, "properties": plain, "required": always}


def _schema(name: str, title: str, body: dict[str, Any]) -> dict[str, Any]:
    schema = {"$schema": SCHEMA_DIALECT, "$id": f"urn:qizhang:catalogue:{name}", "title": title, **body}
    document: dict[str, Any] = portable(msgspec.json.decode(msgspec.json.encode(schema)))
    return document
