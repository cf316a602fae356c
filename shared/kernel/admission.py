"""The one door: where outside values become the ledger's values.

A type that comes from outside carries, beside the pattern that its text must have, a check of what it means: that an
instant exists, a period can be counted, a name could have been meant. The check hangs on the type (`Meta(extra=...)`),
and `admit` runs all checks of a body once, when it is taken in. Stored events are decoded by the same structs and never
checked again: what was taken in by an earlier build stays readable (R-460).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import Any, Final

from msgspec import Meta, inspect

from shared.kernel.errors import InvalidRequest

# What it returns is not asked for.
Check = Callable[[Any], object]
Walk = Callable[[Any, str], None]

# So much of a member's name is told to who sent it.
MEMBER_CHARACTERS_MAX: Final = 200

_CHECK: Final = "admitted_by"


class NotAdmitted(InvalidRequest):
    """A value that has the right form and cannot be right; the subclasses name the rule.

    `field` is set by `admit`: the place of the value, and behind it the pointer to what inside of it is meant, if any.
    """

    code = "VALUE_NOT_POSSIBLE"
    title_en = "A value in the request is not possible"
    title_zh = "请求中有不成立的值"

    def __init__(self, text_en: str, text_zh: str, *, field: str = "") -> None:
        super().__init__(text_en, field=field, detail_zh=text_zh)
        self.detail_zh = text_zh


def admitted_by(check: Check, **about: Any) -> Meta:
    """The mark of a type whose values `check` looks at; it raises an InvalidRequest. `about` goes into `Meta`."""
    return Meta(extra={_CHECK: check}, **about)


def admit(value: Any, shape: type) -> None:
    """Run the checks of every value inside a decoded `value`; raises what a check raises, with the JSON pointer."""
    walk = _walk_of(shape)
    if walk is not None:
        walk(value, "")


def unchecked(shape: type) -> Iterator[str]:
    """The texts and days below `shape` that nothing checks, by their path; a test holds this to be empty."""
    return _unchecked(inspect.type_info(shape), shape.__name__, frozenset())


@cache
def _walk_of(shape: type) -> Walk | None:
    return _compiled(inspect.type_info(shape))


def _compiled(kind: inspect.Type) -> Walk | None:
    """The walk through values of a type; None where nothing in it is checked."""
    match kind:
        case inspect.Metadata():
            return _checked(kind, _compiled(kind.type))
        case inspect.StructType():
            return _struct(kind)
        case inspect.VarTupleType() | inspect.ListType():
            return _items(_compiled(kind.item_type))
        case inspect.DictType():
            return _dict(_compiled(kind.key_type), _compiled(kind.value_type))
        case inspect.UnionType():
            return _union(kind)
        case _:
            return None


def _checked(kind: inspect.Metadata, inner: Walk | None) -> Walk | None:
    check = (kind.extra or {}).get(_CHECK)
    if check is None:
        return inner

    def walk(value: Any, path: str) -> None:
        try:
            check(value)
        except InvalidRequest as error:
            error.field = path + error.field if error.field.startswith("/") else path
            raise
        if inner is not None:
            inner(value, path)

    return walk


def _struct(kind: inspect.StructType) -> Walk | None:
    fields = [(field.name, f"/{field.encode_name}", _compiled(field.type)) for field in kind.fields]
    checked = [(name, step, walk) for name, step, walk in fields if walk is not None]
    if not checked:
        return None

    def walk(value: Any, path: str) -> None:
        for name, step, inner in checked:
            inner(getattr(value, name), path + step)

    return walk


def _items(inner: Walk | None) -> Walk | None:
    if inner is None:
        return None

    def walk(value: Any, path: str) -> None:
        for index, item in enumerate(value):
            inner(item, f"{path}/{index}")

    return walk


def _dict(key: Walk | None, inner: Walk | None) -> Walk | None:
    if key is None and inner is None:
        return None

    def walk(value: Any, path: str) -> None:
        for name, item in value.items():
            step = f"{path}/{pointer_step(str(name)[:MEMBER_CHARACTERS_MAX])}"
            if key is not None:
                key(name, step)
            if inner is not None:
                inner(item, step)

    return walk


def _union(kind: inspect.UnionType) -> Walk | None:
    members = [(_python_type(member), _compiled(member)) for member in kind.types]
    checked = [(python, walk) for python, walk in members if walk is not None]
    if not checked:
        return None

    def walk(value: Any, path: str) -> None:
        for python, inner in checked:
            if isinstance(value, python):
                inner(value, path)
                return

    return walk


def _python_type(kind: inspect.Type) -> type:
    """The type of the values of a member of a union; JSON tells its members apart by no more than that."""
    match kind:
        case inspect.Metadata():
            return _python_type(kind.type)
        case inspect.StructType():
            return kind.cls
        case _:
            return _PYTHON_TYPES.get(type(kind), type(None))


_PYTHON_TYPES: Final[dict[type, type]] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.DateType: date,
    inspect.VarTupleType: tuple,
    inspect.ListType: list,
    inspect.DictType: dict,
}


def pointer_step(name: str) -> str:
    """A member's name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _unchecked(kind: inspect.Type, path: str, inside: frozenset[type]) -> Iterator[str]:
    match kind:
        case inspect.Metadata() if kind.extra and _CHECK in kind.extra:
            return
        case inspect.Metadata():
            yield from _unchecked(kind.type, path, inside)
        case inspect.StrType(pattern=None) | inspect.DateType() | inspect.IntType(ge=None) | inspect.DecimalType():
            yield path
        case inspect.StructType() if kind.cls not in inside:
            for field in kind.fields:
                yield from _unchecked(field.type, f"{path}.{field.name}", inside | {kind.cls})
        case inspect.VarTupleType() | inspect.ListType():
            yield from _unchecked(kind.item_type, f"{path}[]", inside)
        case inspect.DictType():
            yield from _unchecked(kind.key_type, f"{path}{{}}", inside)
            yield from _unchecked(kind.value_type, f"{path}[]", inside)
        case inspect.UnionType():
            for member in kind.types:
                yield from _unchecked(member, path, inside)
