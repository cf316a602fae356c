"""The committed schemas are those of the structs, and they are JSON Schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from shared.messages.schemas import portable
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


GENERATED = schemas.generated()

# What an end, a look-around, a named group or a class of Python means elsewhere is something else, or nothing (RE2).
NOT_PORTABLE = re.compile(r"\\[AZzbBdDsSwW]|\(\?(?!:)|\$.|(?<!^)\^(?<!\[\^)|[*+?}]\+")


def not_portable(schema: object, path: str = "$") -> Iterator[str]:
    """What a generator of Go, Java, TypeScript or Python would read otherwise than we do, or not at all."""
    if isinstance(schema, list):
        for index, member in enumerate(schema):
            yield from not_portable(member, f"{path}[{index}]")
    if not isinstance(schema, dict):
        return
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and (NOT_PORTABLE.search(pattern) or not pattern.endswith("$") or pattern[0] != "^"):
        yield f"{path}: pattern {pattern}"
    if isinstance(schema.get("items"), bool) or "prefixItems" in schema:
        yield f"{path}: a fixed tuple"
    fields = schema.get("properties")
    if isinstance(fields, dict) and any(isinstance(field, bool) for field in fields.values()):
        yield f"{path}: a boolean schema"
    if schema.get("format") == "decimal":
        yield f"{path}: a decimal that is read as a float"
    for name, member in schema.items():
        yield from not_portable(member, f"{path}.{name}")


@pytest.mark.parametrize("path", sorted(GENERATED, key=str), ids=str)
def test_every_exported_schema_is_read_alike_by_every_generator(path: Path) -> None:
    assert list(not_portable(json.loads(GENERATED[path]))) == []


@pytest.mark.parametrize(
    "planted",
    [
        {"pattern": r"^a\Z"},
        {"pattern": r"^a$(?!\n)"},
        {"pattern": r"^(?P<x>a)$"},
        {"pattern": r"^\d$"},
        {"pattern": "^a+"},
        {"items": False, "prefixItems": [{}]},
        {"type": "string", "format": "decimal"},
    ],
)
def test_a_planted_schema_that_is_not_portable_is_found(planted: dict[str, object]) -> None:
    assert list(not_portable({"x": [planted]}))
    assert not list(not_portable(portable({**planted, "pattern": "^a$"})))
    assert list(not_portable({"type": "object", "properties": {"a": False}}))


def test_a_pattern_ends_where_the_text_ends() -> None:
    sources = [path for folder in ("shared", "services") for path in (ROOT / folder).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources
        for line in path.read_text("utf-8").splitlines()
        if "Meta(" in line and re.search(r"pattern=.*[^\\]\$\"", line)
    ]
    assert found == []
