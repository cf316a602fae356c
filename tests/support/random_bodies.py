"""Bodies that have the shape of a struct and any content at all: what a caller sends who has read only the schema."""

from __future__ import annotations

import random
from typing import Any

from msgspec import inspect

IDENTIFIERS = (
    "C-1",
    "C-2",
    "training",
    "advance",
    "rest",
    "d-1",
    "zhang",
    "wang",
    "acme",
    "cn",
    "alibaba-1",
    "nothing",
)
TEXTS = ("", "x", "测试 内容", "line\nbreak", "x" * 400, "4wd", "written", *IDENTIFIERS)
INSTANTS = ("2025-09-30T07:00:00.000Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")
DAYS = ("2025-09-26", "2025-10-15", "0001-01-01", "9999-12-31")
HASHES = ("0" * 64, "a" * 64)
INTEGERS = (-1, 0, 1, 2, 10**6, 2**53, 2**63, 2**64, 10**400)
DECIMALS = ("0", "100.00", "-1.00", "0.06", "0.001", "1e5", "99999999999999.99", "NaN", "Infinity")
ANYTHING = (None, {}, [], {"a": 1}, {"a": 10**400}, "x")
LENGTHS = (0, 1, 1, 2)
OPTIONAL_GIVEN = 0.6


def random_body(shape: inspect.Type, chance: random.Random) -> Any:
    """Plain JSON data of a type as `msgspec.inspect` describes it."""
    match shape:
        case inspect.StructType():
            return {
                field.encode_name: random_body(field.type, chance)
                for field in shape.fields
                if field.required or chance.random() < OPTIONAL_GIVEN
            }
        case inspect.Metadata():
            return random_body(shape.type, chance)
        case inspect.StrType():
            return chance.choice(_texts(shape.pattern or ""))
        case inspect.ListType() | inspect.VarTupleType():
            return [random_body(shape.item_type, chance) for _ in range(chance.choice(LENGTHS))]
        case inspect.DictType():
            return {
                random_body(shape.key_type, chance): random_body(shape.value_type, chance)
                for _ in range(chance.choice(LENGTHS))
            }
        case inspect.UnionType():
            return random_body(chance.choice(shape.types), chance)
        case inspect.LiteralType():
            return chance.choice(shape.values)
        case _:
            return chance.choice(_PLAIN[type(shape)])


def _texts(pattern: str) -> tuple[str, ...]:
    if not pattern:
        return TEXTS
    if "64}" in pattern:
        return HASHES
    return INSTANTS if "T(" in pattern else (*IDENTIFIERS, "CNY")


_PLAIN: dict[type[inspect.Type], tuple[Any, ...]] = {
    inspect.IntType: INTEGERS,
    inspect.FloatType: (-1, 0, 1.5),
    inspect.BoolType: (True, False),
    inspect.NoneType: (None,),
    inspect.DecimalType: DECIMALS,
    inspect.DateType: DAYS,
    inspect.RawType: ANYTHING,
    inspect.AnyType: ANYTHING,
}
