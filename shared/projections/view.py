"""A read model as a value: pure functions over recorded events, no SQL (design section 2, R-462).

`keys` names the documents of the event's tenant that it touches, `apply` folds it into each of them; None
deletes or keeps absent. `labels` are what a document can be listed by (`org:acme`, `state:open`), `order` how
lists sort, and `places` where a list sorts otherwise. A change of any of these functions is a new `version`, which is
built beside the live one and swapped in.

A list that outsiders read sorts by arrival: the place is that of the event by which a document came into it, and does
not change while it stays. So whoever has read a list to its end goes on with what came later, without gaps or doubles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from msgspec import Struct

from shared.messages.events import Recorded

D = TypeVar("D", bound=Struct)

_PLACE_DIGITS: Final = 20


def arrival(position: int) -> str:
    """The place in a list of what came into it by the event at `position`."""
    return f"{position:0{_PLACE_DIGITS}d}"


@dataclass(frozen=True, kw_only=True)
class View(Generic[D]):
    """One read model of one service; its documents are stored under `stored_name`."""

    name: str
    version: int
    document: type[D]
    keys: Callable[[Recorded], tuple[str, ...]]
    apply: Callable[[D | None, str, Recorded], D | None]
    order: Callable[[D], str] = lambda document: ""
    labels: Callable[[D], tuple[str, ...]] = lambda document: ()
    places: Callable[[D], Mapping[str, str]] = lambda document: {}

    @property
    def stored_name(self) -> str:
        """The name with its version, under which documents and position are kept."""
        return f"{self.name}.v{self.version}"
