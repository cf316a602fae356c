"""A read model as a value: pure functions over recorded events, no SQL (design section 2, R-462).

`keys` names the documents of the event's tenant that it touches, `apply` folds it into each of them; None
deletes or keeps absent. `labels` are what a document can be listed by (`org:acme`, `state:open`), `order` how
lists sort. A change of any of these functions is a new `version`, which is built beside the live one and
swapped in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from shared.messages.events import Recorded

D = TypeVar("D", bound=Struct)


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

    @property
    def stored_name(self) -> str:
        """The name with its version, under which documents and position are kept."""
        return f"{self.name}.v{self.version}"
