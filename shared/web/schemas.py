"""The schemas of the OpenAPI document, as client generators of typed languages need them.

What is only answered is known more exactly than what is asked: every member that is always there is required, and an
instant is a `date-time`. What comes in keeps the one text form that is taken, as a pattern: generators would write
an instant in forms of their own. Whole numbers have 64 bits, since sizes and versions outgrow 32.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import cleandoc
from typing import Any, Final

from msgspec import UNSET, Struct, inspect

from shared.kernel.instants import INSTANT_PATTERN
from shared.messages.schemas import portable

Json = dict[str, Any]

PREFIX: Final = "#/components/schemas/"
INT64: Final = "int64"
_INSTANT: Final = portable({"pattern": INSTANT_PATTERN})["pattern"]
# Facts beside an error or an answer: what each name holds is a text or a number, and no language has a type for that.
_FACT: Final = {"anyOf": [{"type": "string"}, {"type": "integer"}]}


def for_clients(schemas: Json, asked: Iterable[Json], answered: Iterable[type[Struct]]) -> Json:
    """`schemas` by name; `asked` are the schemas of bodies that come in, `answered` the structs that go out."""
    taken_in = set(_reached(schemas, asked))
    always = {struct.__name__: set(_always_there(struct)) for struct in _structs(answered)}
    made: Json = {}
    for name, schema in schemas.items():
        plain = _general(schema)
        if name not in taken_in and name in always:
            plain = _answered(plain, always[name])
        made[name] = plain
    return made


def _general(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_general(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _general(member) for name, member in schema.items()}
    if isinstance(about := plain.get("description"), str):
        plain["description"] = cleandoc(about)
    if plain.get("type") == "integer":
        plain["format"] = INT64
    if isinstance(plain.get("default"), dict):
        # Go has no literal for it, and an empty object goes without saying.
        del plain["default"]
    if schema.get("additionalProperties") == _FACT:
        plain["additionalProperties"] = True
    return plain


def _answered(schema: Json, always: set[str]) -> Json:
    properties = schema.get("properties", {})
    required = [name for name in properties if name in always or name in schema.get("required", ())]
    plain: Json = _dated(schema)
    return plain | ({"required": required} if required else {})


def _dated(schema: Any) -> Any:
    """Instants as `date-time`, without the pattern: generators would match it against the type that they made of it."""
    if isinstance(schema, list):
        return [_dated(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _dated(member) for name, member in schema.items()}
    if plain.get("pattern") == _INSTANT:
        del plain["pattern"]
        plain["format"] = "date-time"
    return plain


def _reached(schemas: Json, roots: Iterable[Any]) -> Iterator[str]:
    """The names of the schemas that others refer to, from some on."""
    waiting, seen = [*roots], set[str]()
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            name = str(found.get("$ref", "")).removeprefix(PREFIX)
            if name in schemas and name not in seen:
                seen.add(name)
                waiting.append(schemas[name])
                yield name
            waiting += found.values()


def _structs(roots: Iterable[type[Struct]]) -> Iterator[type[Struct]]:
    """The structs inside of structs, each once."""
    waiting: list[inspect.Type] = [inspect.type_info(root) for root in roots]
    seen: set[type[Struct]] = set()
    while waiting:
        match waiting.pop():
            case inspect.Metadata(type=inner):
                waiting.append(inner)
            case inspect.StructType(cls=struct, fields=fields) if struct not in seen:
                seen.add(struct)
                waiting += [field.type for field in fields]
                yield struct
            case inspect.VarTupleType(item_type=inner) | inspect.ListType(item_type=inner):
                waiting.append(inner)
            case inspect.TupleType(item_types=inner):
                waiting += inner
            case inspect.DictType(value_type=inner):
                waiting.append(inner)
            case inspect.UnionType(types=types):
                waiting += types
            case _:
                pass


def _always_there(struct: type[Struct]) -> Iterator[str]:
    """The members that every answer has: none is left out, unless defaults are or it may be unset."""
    config = struct.__struct_config__
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    if config.tag_field is not None:
        yield config.tag_field
    for field in info.fields:
        if field.required or (not config.omit_defaults and field.default is not UNSET):
            yield field.encode_name
