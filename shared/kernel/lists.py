"""Lists of what has a name: each name stands once, for two values under one name could be read in two ways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.kernel.admission import Check, NotAdmitted, pointer_step


class NamedTwice(NotAdmitted):
    """A list that names the same thing twice: which of the two is meant, or whether both count, nobody can tell."""

    code = "NAMED_TWICE"
    title_en = "A list names the same thing twice"
    title_zh = "同一列表中重复列出同一事项"


def each_once(member: str = "") -> Check:
    """A check of a list of names, or of values that `member` names; it raises NamedTwice at the second of two."""

    def check(values: Iterable[Any]) -> None:
        seen: set[str] = set()
        for index, value in enumerate(values):
            name = getattr(value, member) if member else value
            if name in seen:
                step = f"/{index}/{pointer_step(member)}" if member else f"/{index}"
                raise NamedTwice(f"{name} is named twice; name it once", f"重复列出 {name}；请仅列一次", field=step)
            seen.add(name)

    return check
