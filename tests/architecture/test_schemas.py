"""The committed schemas are those of the structs, and they are JSON Schemas."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from tests.architecture import schemas
from tests.architecture.source import ROOT, assert_none, plant


def stale(root: Path) -> list[str]:
    """Schemas that differ from what the structs give, are missing, or are of nothing."""
    wanted, found = schemas.generated(), schemas.committed(root)
    differing = {path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path)}
    return [f"{path} is stale: run `make schemas`" for path in sorted(differing)]


def test_the_committed_schemas_are_those_of_the_structs() -> None:
    assert_none(stale(ROOT))


def test_every_schema_is_valid() -> None:
    for text in schemas.generated().values():
        Draft202012Validator.check_schema(json.loads(text))
    with pytest.raises(SchemaError):
        Draft202012Validator.check_schema({"type": "planted"})


def test_a_planted_stale_missing_or_superfluous_schema_is_caught(tmp_path: Path) -> None:
    tree = {path.as_posix(): text for path, text in schemas.generated().items()}
    assert stale(plant(tmp_path, tree)) == []
    changed, missing, *_ = tree
    plant(tmp_path, {changed: "{}", "docs/events/planted.v1.json": "{}"})
    (tmp_path / missing).unlink()
    assert len(stale(tmp_path)) == 3
