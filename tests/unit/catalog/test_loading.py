"""Reading catalogue files: YAML 1.2 scalars, errors that name file and line, order and content hash."""

from __future__ import annotations

import json
from functools import reduce
from operator import getitem
from pathlib import Path

import jsonschema
import pytest

from services.catalog.exporting import entry_document, export_document
from services.catalog.format.schemas import export_schema, service_schema
from services.catalog.loading import (
    content_hash,
    data_folder,
    order_of,
    parse_service,
    read_service,
    read_services,
    read_tiers,
    service_paths,
)
from services.catalog.problems import CatalogueInvalid
from services.catalog.yaml_source import DEPTH_MAX, FILE_CHARACTERS_MAX, read_yaml
from shared.messages import canonical
from tests.unit.catalog.sample import SAMPLE, line_with, plant

SHIPPED, SHIPPED_PROBLEMS = read_services(service_paths(data_folder()))
TIERS = read_tiers(data_folder() / "tiers.yaml").tiers

MALFORMED = [
    ("a: &x 1", 1, "anchors"),
    ("a: 1\nb: *a", 2, "anchors"),
    ("a: !!int 3", 1, "tag"),
    ("a: 1\nb: 2\na: 3", 3, "twice"),
    ("a: [1\n", 2, "not YAML"),
    ("a: 1\n---\nb: 2", 2, "not YAML"),
    ("", 1, "empty"),
    ("a: 1\nb: \x01", 2, "does not allow"),
    ("[1]: 2", 1, "key"),
    ("[" * (DEPTH_MAX + 1), 1, "deeper"),
    ("#" * (FILE_CHARACTERS_MAX + 1), 1, "longer"),
]

# What is planted, and what the message must say; the line is the one of the planted passage.
WRONG_SHAPES = [
    ("id: alibaba-10\n", "id: alibaba-30\n", "matching regex"),
    (
        "kind: pack_end",
        "kind: full_moon",
        "Invalid enum value 'full_moon' at `acceptance[1].time_based_completion.kind`",
    ),
    ("item_zh: 割接演练", "item: 割接演练", "unknown field `item` at `matrix[1].item`"),
    ("text_zh: 1次", "text_zh: 1", "put a number that is text, such as a section, in quotes"),
    ('source: "3"}\nservice_periods', "source: 3}\nservice_periods", "in quotes"),
    ("{value: 30, unit: minute}", "{value: 30, max: 40, unit: minute}", "a period has either"),
    ("{value: 30, unit: minute}", "{min: 30, unit: minute}", "a period needs"),
    ("{value: 30, unit: minute}", "{min: null, max: null, unit: minute, approx: true}", "at least one bound"),
    ("{value: 30, unit: minute}", "{value: null, unit: minute}", "only a template"),
    ("{value: 30, unit: minute}", "{value: 0.5, unit: minute}", "Expected `int | null`"),
    ("A/S/C/I", "A/X", "matching regex"),
]


@pytest.mark.parametrize(("text", "line", "message"), MALFORMED)
def test_malformed_yaml_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(CatalogueInvalid) as refused:
        read_yaml(text, "x.yaml")
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("x.yaml", line)
    assert message in problem.text_en


@pytest.mark.parametrize(("old", "new", "message"), WRONG_SHAPES)
def test_a_value_of_the_wrong_shape_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    text = plant(old, new)
    with pytest.raises(CatalogueInvalid) as refused:
        parse_service(text, "alibaba-10.yaml")
    (problem,) = refused.value.problems
    assert problem.line == line_with(text, new)
    assert message in problem.text_en
    assert problem.text_zh


def test_a_missing_key_is_refused_with_its_place() -> None:
    with pytest.raises(CatalogueInvalid, match="missing required field `profile` at `acceptance\\[0\\]`"):
        parse_service(plant("    profile: A-ONLINE-NO-TIMER\n", ""), "alibaba-10.yaml")


def test_a_file_that_is_no_service_at_all_is_refused_as_a_whole() -> None:
    with pytest.raises(CatalogueInvalid) as refused:
        parse_service("- 1\n", "alibaba-10.yaml")
    (problem,) = refused.value.problems
    assert (problem.path, problem.text_zh) == ("", "取值的类型或形式不正确")


def test_scalars_follow_yaml_1_2() -> None:
    text = "{no: no, on: on, t: 17:00, s: '3.10', q: '1', n: ~, b: true, i: 010, d: 2025-01-01}"
    expected = {"no": "no", "on": "on", "t": "17:00", "s": "3.10", "q": "1", "n": None, "b": True, "i": 10}
    assert read_yaml(text, "x").data == {**expected, "d": "2025-01-01"}


def test_an_unreadable_file_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: \xff")
    for name, message in (("latin.yaml", "UTF-8"), ("nothing.yaml", "No such file")):
        with pytest.raises(CatalogueInvalid, match=message):
            read_service(tmp_path / name)


def test_every_shipped_file_can_be_read() -> None:
    assert SHIPPED_PROBLEMS == []
    assert len(SHIPPED) == 51


def test_services_are_ordered_by_provider_and_number() -> None:
    ids = ["alibaba-10", "alibaba-9", "kingdee-3.10", "kingdee-3.2", "shopex-1"]
    services = [
        parse_service(SAMPLE.replace("alibaba-10", name, 1).replace("alibaba\n", f"{name.split('-')[0]}\n", 1), name)
        for name in ids
    ]
    ordered = sorted((file.service for file in services), key=order_of)
    assert [service.id for service in ordered] == ["kingdee-3.2", "kingdee-3.10", "shopex-1", "alibaba-9", "alibaba-10"]


def test_the_content_hash_follows_the_content_and_not_the_writing() -> None:
    service = parse_service(SAMPLE, "a").service
    assert content_hash(service) == canonical.sha256(entry_document(service))
    assert content_hash(parse_service(f"# reviewed\n{SAMPLE}", "b").service) == content_hash(service)
    assert content_hash(parse_service(plant("offset: 15", "offset: 16"), "c").service) != content_hash(service)


def test_the_committed_schemas_are_those_of_the_structs() -> None:
    for name, schema in (("service", service_schema()), ("export", export_schema())):
        committed = data_folder() / "schema" / f"{name}.schema.json"
        assert json.loads(committed.read_text(encoding="utf-8")) == schema, f"run: qizhang catalog schema {name}"


def test_every_file_and_the_export_conform_to_the_published_schema() -> None:
    file_validator = jsonschema.Draft202012Validator(service_schema())
    for file in SHIPPED:
        file_validator.validate(file.marks.data)
    export = export_document([file.service for file in SHIPPED], TIERS)
    jsonschema.Draft202012Validator(export_schema()).validate(export)


# What is wrong; the path of the value in the export of the sample; what stands there instead (None: nothing).
NOT_AN_EXPORT = [
    ("an unknown key", ("colour",), "red"),
    ("a key that is left out", ("deliverables", 0, "condition_zh"), None),
    ("an empty list that is left out", ("modules",), None),
    ("a kind that is not in the closed list", ("acceptance", 0, "profile"), "A-SOMETIMES"),
    ("both forms of a period at once", ("lead_time", "min"), 3),
    ("a period without a length", ("lead_time", "value"), None),
]


def test_the_export_of_the_sample_conforms_to_the_published_schema() -> None:
    export = export_document([parse_service(SAMPLE, "alibaba-10.yaml").service], [])
    jsonschema.Draft202012Validator(export_schema()).validate(export)


@pytest.mark.parametrize(("defect", "path", "planted"), NOT_AN_EXPORT)
def test_a_planted_defect_does_not_conform_to_the_published_schema(
    defect: str, path: tuple[str | int, ...], planted: object
) -> None:
    export = export_document([parse_service(SAMPLE, "alibaba-10.yaml").service], [])
    place = reduce(getitem, path[:-1], export["services"][0])
    if planted is None:
        del place[path[-1]]
    else:
        place[path[-1]] = planted
    assert not jsonschema.Draft202012Validator(export_schema()).is_valid(export), defect
