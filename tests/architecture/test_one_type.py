"""What a view shows can be sent back: a field of one name has one type in answers and in commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from msgspec import Struct, inspect

from services.hosting.parts import PARTS
from shared.commands.decision import Outcome
from shared.web.routes import CommandRoute

Fields = dict[str, set[str]]

SCALARS = {
    inspect.StrType: "text",
    inspect.IntType: "whole number",
    inspect.FloatType: "number",
    inspect.BoolType: "truth value",
    inspect.DecimalType: "text",
    inspect.DateType: "text",
    inspect.DateTimeType: "text",
}
# The same word for two things: a part that has discrepancies, and the discrepancies.
OTHER_THINGS = {"discrepancies"}


def fields_of(shapes: Iterable[type]) -> Fields:
    """The scalar types of each field by its name, wherever it stands in these structs."""
    found: Fields = defaultdict(set)
    for shape in shapes:
        for name, type in _members(inspect.type_info(shape), set()):
            found[name] |= set(_scalars(type))
    return {name: types for name, types in found.items() if types}


def _members(type: inspect.Type, seen: set[type]) -> Iterator[tuple[str, inspect.Type]]:
    match type:
        case inspect.StructType():
            if type.cls not in seen:
                seen.add(type.cls)
                for field in type.fields:
                    yield field.encode_name, field.type
                    yield from _members(field.type, seen)
        case inspect.Metadata():
            yield from _members(type.type, seen)
        case inspect.UnionType():
            for member in type.types:
                yield from _members(member, seen)
        case inspect.DictType():
            yield from _members(type.value_type, seen)
        case inspect.ListType() | inspect.VarTupleType():
            yield from _members(type.item_type, seen)


def _scalars(given: inspect.Type) -> Iterator[str]:
    match given:
        case inspect.Metadata():
            yield from _scalars(given.type)
        case inspect.UnionType():
            for member in given.types:
                yield from _scalars(member)
        case inspect.LiteralType():
            yield from ({"text"} if all(isinstance(value, str) for value in given.values) else {"whole number"})
        case _ if type(given) in SCALARS:
            yield SCALARS[type(given)]


def of_two_types(shown: Fields, taken: Fields) -> list[str]:
    """The fields that are shown as one scalar and taken as another."""
    return [
        f"{name}: shown as {sorted(shown[name])}, taken as {sorted(types)}"
        for name, types in sorted(taken.items())
        if name in shown and name not in OTHER_THINGS and not types <= shown[name]
    ]


def test_a_field_has_one_type_in_views_and_commands() -> None:
    routes = [route for part in PARTS for route in part.routes]
    taken = fields_of(route.body for route in routes if isinstance(route, CommandRoute))
    shown = fields_of(route.response for route in routes if not isinstance(route, CommandRoute))
    assert of_two_types(shown, taken) == []
    assert taken["content_version"] == shown["content_version"] == {"whole number"}


def test_what_a_command_s_answer_hands_out_may_be_a_number() -> None:
    outcome = inspect.type_info(Outcome)
    assert isinstance(outcome, inspect.StructType)
    (data,) = [field.type for field in outcome.fields if field.name == "data"]
    assert isinstance(data, inspect.DictType)
    assert set(_scalars(data.value_type)) == {"text", "whole number"}


class Shown(Struct):
    """A view that shows a version as text."""

    content_version: str


class Taken(Struct):
    """A command that takes it as a number."""

    content_version: int


@pytest.mark.parametrize(("view", "violations"), [(Shown, 1), (Taken, 0)])
def test_a_field_of_two_types_is_caught(view: Any, violations: int) -> None:
    assert len(of_two_types(fields_of([view]), fields_of([Taken]))) == violations
