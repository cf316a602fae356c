"""Texts that somebody else wrote, as they can be shown anywhere."""

from __future__ import annotations


def shown(text: str, characters_max: int) -> str:
    """The beginning of a text; halves of surrogate pairs, which no encoding takes, are written as escapes."""
    return text[:characters_max].encode("utf-8", "backslashreplace").decode()
