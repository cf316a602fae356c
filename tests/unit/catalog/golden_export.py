"""Writes the reviewed export anew, one file a service: `make golden`. test_golden_export.py tells when that is due.

The export is reviewed where it differs, so a value that fits stands on one line and keys are sorted.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.catalog.exporting import export_document
from services.catalog.loading import load_all

FOLDER = Path(__file__).parents[2] / "golden" / "catalogue"
LINE_MAX = 110


def generated() -> dict[str, Any]:
    """The export by file name: one entry a service, and the tiers together."""
    catalogue = load_all()
    export = export_document(catalogue.services, catalogue.tiers)
    return {**{f"{service['id']}.json": service for service in export["services"]}, "tiers.json": export["tiers"]}


def committed(folder: Path = FOLDER) -> dict[str, Any]:
    """What was reviewed last, by file name."""
    return {file.name: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}


def text_of(value: Any, indent: str = "") -> str:
    """JSON with sorted keys; what does not fit into a line has its parts on lines of their own."""
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(indent) + len(line) <= LINE_MAX or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, list):
        parts, ends = [text_of(item, inner) for item in value], "[]"
    else:
        parts, ends = [f"{json.dumps(key)}: {text_of(value[key], inner)}" for key in sorted(value)], "{}"
    return f"{ends[0]}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{ends[1]}"


def main(folder: Path = FOLDER) -> None:
    """Write what is generated, and remove what no longer is."""
    wanted = generated()
    folder.mkdir(parents=True, exist_ok=True)
    for name in committed(folder).keys() - wanted.keys():
        (folder / name).unlink()
    for name, value in wanted.items():
        (folder / name).write_text(text_of(value) + "\n", "utf-8")


if __name__ == "__main__":
    main()
