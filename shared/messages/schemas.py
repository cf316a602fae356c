"""JSON Schemas for readers in any language: what the generators of Go, Java, TypeScript and Python read alike.

The library writes patterns in the dialect of Python, fixed tuples with a boolean schema, and decimals with a format
that some generators take for a binary float.
"""

from __future__ import annotations

from typing import Any, Final

# What `Decimal` is written as: exact, with a point, never with an exponent.
DECIMAL_PATTERN: Final = r"^-?[0-9]+(\.[0-9]+)?$"

# The ends of a text in the dialect of Python, now and in what was released before. `$` means the same in ECMA-262,
# which JSON Schema refers to, in RE2 and in java.util.regex on texts without line breaks.
_ENDS: Final = (r"\Z", r"$(?!\n)")


def portable(schema: Any) -> Any:
    """The schema, and everything below it, in the common subset; it accepts the same values."""
    if isinstance(schema, list):
        return [portable(member) for member in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: portable(member) for name, member in schema.items()}
    if isinstance(pattern := plain.get("pattern"), str):
        plain["pattern"] = _pattern(pattern)
    if plain.get("format") == "decimal":
        del plain["format"]
        plain["pattern"] = DECIMAL_PATTERN
    if plain.get("enum") == [True]:
        plain = {"type": "boolean", "const": True} | {name: plain[name] for name in plain if name != "enum"}
    if isinstance(first := plain.get("prefixItems"), list):
        del plain["prefixItems"]
        alike = all(member == first[0] for member in first)
        plain["items"] = first[0] if alike else {"anyOf": first}
    return plain


def _pattern(pattern: str) -> str:
    for end in _ENDS:
        pattern = pattern.replace(end, "$")
    return pattern
