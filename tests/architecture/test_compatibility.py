"""Every event can be read by the readers of every released version, and theirs by ours (full, transitive).

A release is the folder `docs/events/released/<version>/`: a copy of `docs/events/*.json` as they were, never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shared.messages.schemas import portable
from tests.architecture.compatibility import incompatibilities
from tests.architecture.schemas import EVENTS
from tests.architecture.source import ROOT, assert_none, plant

RELEASED = EVENTS / "released"
# A release adds its folder and its line here; from then on neither changes.
RELEASES = {
    "0.1.0": "68f316c91006e53dcfd5a66c676ee019d06e6112fef70e549401e29b19141925",
}


def broken_promises(root: Path) -> list[str]:
    """What the events of a tree break of any release of it."""
    return [
        f"{path.relative_to(root / RELEASED)} {problem}"
        for path in sorted((root / RELEASED).glob("*/*.json"))
        for problem in _problems(path, root / EVENTS / path.name)
    ]


def _problems(released: Path, current: Path) -> list[str]:
    if not current.exists():
        return ["is gone; what was published under this type is read for ever"]
    # A release may say the same in the dialect of Python.
    before, now = (portable(json.loads(path.read_text("utf-8"))) for path in (released, current))
    return incompatibilities(before, now)


def test_every_event_is_compatible_with_every_release() -> None:
    assert_none(broken_promises(ROOT))


def digest(folder: Path) -> str:
    """What a release consists of, by names and bytes."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def test_every_release_is_as_it_was_published(tmp_path: Path) -> None:
    assert {folder.name: digest(folder) for folder in (ROOT / RELEASED).iterdir()} == RELEASES
    before = digest(plant(tmp_path, {"e.v1.json": "{}"}))
    assert digest(plant(tmp_path, {"e.v1.json": "{ }"})) != before


EVENT: dict[str, Any] = {
    "$id": "urn:event",
    "title": "event",
    "description": "An event.",
    "x-topic": "ledger.planted.v1",
    "$ref": "#/$defs/Event",
    "$defs": {
        "Event": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z]+$"},
                "kind": {"enum": ["a", "b"]},
                "note": {"type": "string", "default": ""},
                "day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
                "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
            },
            "required": ["id", "kind", "parts"],
        },
        "Part": {
            "type": "object",
            "properties": {"n": {"type": "integer"}, "inner": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]}},
            "required": ["n"],
        },
    },
}

Change = Callable[[dict[str, Any], dict[str, Any]], Any]

# Each gets the properties of the event and the whole document.
ALLOWED: dict[str, Change] = {
    "nothing": lambda fields, document: None,
    "an optional field comes": lambda fields, document: fields.update(more={"type": "string", "default": ""}),
    "an optional field goes": lambda fields, document: fields.pop("note"),
    "another text about it": lambda fields, document: document["$defs"]["Event"].update(description="Better."),
    "another name of a shape": lambda fields, document: (
        document["$defs"].update(Piece=document["$defs"].pop("Part")),
        fields["parts"]["items"].update({"$ref": "#/$defs/Piece"}),
        document["$defs"]["Piece"]["properties"]["inner"]["anyOf"][0].update({"$ref": "#/$defs/Piece"}),
    ),
    "an optional field of a part comes": lambda fields, document: document["$defs"]["Part"]["properties"].update(
        more={"type": "string", "default": ""}
    ),
}

REFUSED: dict[str, Change] = {
    "a required field comes": lambda fields, document: (
        fields.update(more={"type": "string"}),
        document["$defs"]["Event"]["required"].append("more"),
    ),
    "a required field goes": lambda fields, document: (
        fields.pop("id"),
        document["$defs"]["Event"]["required"].remove("id"),
    ),
    "a field becomes required": lambda fields, document: document["$defs"]["Event"]["required"].append("note"),
    "a field becomes optional": lambda fields, document: document["$defs"]["Event"]["required"].remove("id"),
    "another type": lambda fields, document: fields["note"].update(type="integer"),
    "another default": lambda fields, document: fields["note"].update(default="none"),
    "another truth of a default": lambda fields, document: fields["day"].update(default=False),
    "another pattern": lambda fields, document: fields["id"].update(pattern="^[A-Z]+$"),
    "no pattern": lambda fields, document: fields["id"].pop("pattern"),
    "a limit": lambda fields, document: fields["note"].update(maxLength=10),
    "one more of a list": lambda fields, document: fields["kind"]["enum"].append("c"),
    "one less of a list": lambda fields, document: fields["kind"]["enum"].remove("b"),
    "another format": lambda fields, document: fields["day"]["anyOf"][0].update(format="date-time"),
    "one more alternative": lambda fields, document: fields["day"]["anyOf"].append({"type": "integer"}),
    "no unknown fields": lambda fields, document: document["$defs"]["Event"].update(additionalProperties=False),
    "another topic": lambda fields, document: document.update({"x-topic": "ledger.other.v1"}),
    "another type in a part": lambda fields, document: document["$defs"]["Part"]["properties"]["n"].update(
        type="string"
    ),
}


def changed(change: Change) -> dict[str, Any]:
    """The event after a change."""
    document = deepcopy(EVENT)
    change(document["$defs"]["Event"]["properties"], document)
    return document


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_change_that_every_reader_can_read_is_allowed(change: Change) -> None:
    assert incompatibilities(EVENT, changed(change)) == []
    assert incompatibilities(changed(change), EVENT) == []


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_planted_change_that_a_reader_cannot_read_is_refused(change: Change) -> None:
    assert len(incompatibilities(EVENT, changed(change))) == 1
    assert len(incompatibilities(changed(change), EVENT)) == 1


def test_a_field_that_comes_back_as_something_else_is_refused_against_the_release_before_the_last(
    tmp_path: Path,
) -> None:
    without, back = changed(lambda fields, _: fields.pop("note")), changed(ALLOWED["nothing"])
    back["$defs"]["Event"]["properties"]["note"] = {"type": "integer", "default": 0}
    tree = {"released/0.1.0/e.v1.json": EVENT, "released/0.2.0/e.v1.json": without, "e.v1.json": without}
    plant(tmp_path, {f"{EVENTS}/{name}": json.dumps(schema) for name, schema in tree.items()})
    assert broken_promises(tmp_path) == []
    plant(tmp_path, {f"{EVENTS}/e.v1.json": json.dumps(back)})
    assert [found.partition(" ")[0] for found in broken_promises(tmp_path)] == ["0.1.0/e.v1.json"] * 2


def test_an_event_that_is_gone_is_refused_and_a_new_one_is_not(tmp_path: Path) -> None:
    text = json.dumps(EVENT)
    plant(tmp_path, {f"{RELEASED}/0.1.0/old.v1.json": text, f"{EVENTS}/new.v1.json": text})
    assert [found.partition(" ")[0] for found in broken_promises(tmp_path)] == ["0.1.0/old.v1.json"]
