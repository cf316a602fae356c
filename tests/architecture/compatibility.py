"""Two schemas of the same event in, whatever keeps one reader from the other's data out (full compatibility).

Old data are read for ever and readers upgrade late, so both directions count: a field may come or go if it is optional
in the schema that has it, and nothing else may change. Whatever else has to, gets a new type (`...v2`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Json = dict[str, Any]

# What is said about a shape, and what is compared apart from the rest.
ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "examples"})
FIELDS: Final = frozenset({"properties", "required"})


def incompatibilities(old: Json, new: Json) -> list[str]:
    """What a reader of one schema cannot read of the other's data, each as `place: reason`."""
    return list(_Comparison(old, new).shapes(old, new, "$"))


class _Comparison:
    """One pair of documents; remembers the pairs of shapes it has met, since a shape may contain itself."""

    def __init__(self, old: Json, new: Json) -> None:
        self._old = old
        self._new = new
        self._met: set[tuple[int, int]] = set()

    def shapes(self, old: Json, new: Json, place: str) -> Iterator[str]:
        """Two schemas at the same place of the data."""
        # Both stay where they are in their documents, so what they are is where they are.
        if (id(old), id(new)) in self._met:
            return
        self._met.add((id(old), id(new)))
        old, new = _resolved(self._old, old), _resolved(self._new, new)
        yield from self._fields(old, new, place)
        for keyword in sorted((old.keys() | new.keys()) - FIELDS - ANNOTATIONS):
            if keyword not in old or keyword not in new:
                yield f"{place}: {keyword} {'came' if keyword in new else 'went'}"
            else:
                yield from self._values(old[keyword], new[keyword], place, keyword)

    def _fields(self, old: Json, new: Json, place: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys()):
            where = f"{place}.{name}"
            if name not in before:
                if name in needed_after:
                    yield f"{where}: came and is required; old data do not have it"
            elif name not in after:
                if name in needed_before:
                    yield f"{where}: went and was required; old readers need it"
            else:
                if (name in needed_before) != (name in needed_after):
                    yield f"{where}: {'is now' if name in needed_after else 'is no longer'} required"
                yield from self.shapes(before[name], after[name], where)

    def _values(self, old: Any, new: Any, place: str, keyword: str) -> Iterator[str]:
        """Two values of a keyword: schemas are compared as such, all else must be equal."""
        match keyword, old, new:
            case "items" | "additionalProperties", dict(), dict():
                yield from self.shapes(old, new, f"{place}[]")
            case "anyOf" | "oneOf" | "allOf" | "prefixItems", list(), list() if len(old) == len(new):
                for one, other in zip(old, new, strict=True):
                    yield from self.shapes(one, other, place)
            case _ if old != new or type(old) is not type(new):
                yield f"{place}: {keyword} changed from {old!r} to {new!r}"


def _resolved(document: Json, schema: Json) -> Json:
    """A schema with what it refers to, within its document, in place of the reference."""
    if "$ref" not in schema:
        return schema
    beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
    return {**_resolved(document, document["$defs"][schema["$ref"].removeprefix("#/$defs/")]), **beside}
