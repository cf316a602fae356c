"""Writes the committed schemas anew from the structs: `make schemas`. test_schemas.py tells when that is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from services.catalog.format.schemas import export_schema, service_schema
from services.hosting.parts import PARTS
from shared.messages.schemas import portable
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.public_events.outcomes import CommandAnswered
from shared.web.openapi import openapi_document
from tests.architecture.asyncapi import asyncapi_document
from tests.architecture.rules import TABLE, table
from tests.architecture.source import ROOT

CATALOGUE = Path("services/catalog/data/schema")
EVENTS = Path("docs/events")
OPENAPI = Path("docs/openapi.json")
ASYNCAPI = Path("docs/asyncapi.json")
SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def generated() -> dict[Path, str]:
    """The text of every committed schema by its path below the root."""
    return {path: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for path, schema in _schemas()}


def _schemas() -> Iterator[tuple[Path, dict[str, Any]]]:
    yield CATALOGUE / "service.schema.json", service_schema()
    yield CATALOGUE / "export.schema.json", export_schema()
    for name in PUBLIC_LANGUAGE.names():
        yield EVENTS / f"{name}.json", event_schema(PUBLIC_LANGUAGE.struct(name))
    yield EVENTS / f"{CommandAnswered.TYPE}.json", event_schema(CommandAnswered)
    yield OPENAPI, openapi_document([route for part in PARTS for route in part.routes])
    yield ASYNCAPI, asyncapi_document()


def event_schema(struct: type[PublicEvent]) -> dict[str, Any]:
    """The schema of the data of one public event."""
    name = struct.TYPE
    about = {"$schema": SCHEMA_DIALECT, "$id": f"urn:qizhang:event:{name}", "title": name, "x-topic": struct.TOPIC}
    return about | portable(msgspec.json.schema(struct))


def committed(root: Path) -> dict[Path, str]:
    """What stands in the folders of schemas."""
    files = [path for folder in (CATALOGUE, EVENTS) for path in (root / folder).glob("*.json")]
    files += [path for path in (root / OPENAPI, root / ASYNCAPI) if path.exists()]
    return {path.relative_to(root): path.read_text("utf-8") for path in files}


def main() -> None:
    """Write what is generated, the table of rules too, and remove what no longer is."""
    wanted = generated()
    for path in committed(ROOT).keys() - wanted.keys():
        (ROOT / path).unlink()
    for path, text in wanted.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
    (ROOT / TABLE).write_text(table(ROOT), "utf-8")


if __name__ == "__main__":
    main()
