"""The map between explicit names and structs, with the chain of upcasters in front of it (R-460).

One registry serves the private events of a service (by `TOPIC`), another the published language (by `TYPE`).
An unknown name or a shape that does not fit raises `Unintelligible`: a reader stops, it never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import msgspec

from shared.kernel.errors import Unintelligible

E = TypeVar("E", bound=msgspec.Struct)
Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
UPCASTS_MAX = 32


class Registry(Generic[E]):
    """Names to structs. `upcasters` maps an old name to a pure function (old data) -> (newer name, new data)."""

    def __init__(
        self, types: Iterable[type[E]], name_attribute: str, upcasters: Mapping[str, Upcaster] | None = None
    ) -> None:
        self._types: dict[str, type[E]] = {}
        self._upcasters = dict(upcasters or {})
        self._decoders: dict[str, msgspec.json.Decoder[E]] = {}
        self._name_attribute = name_attribute
        for struct in types:
            name = getattr(struct, name_attribute)
            if name in self._types:
                raise ValueError(f"two structs claim the name {name}")
            self._types[name] = struct
            self._decoders[name] = msgspec.json.Decoder(struct)

    def names(self) -> tuple[str, ...]:
        """Every current name, sorted."""
        return tuple(sorted(self._types))

    def struct(self, name: str) -> type[E]:
        """The struct that is current under `name`; raises KeyError."""
        return self._types[name]

    def name_of(self, value: E) -> str:
        """The stored name of a value; raises Unintelligible when its struct is not registered."""
        name: str = getattr(type(value), self._name_attribute, "")
        if self._types.get(name) is not type(value):
            raise Unintelligible(f"{type(value).__qualname__} is not registered under a name")
        return name

    def decode(self, name: str, data: bytes | msgspec.Raw) -> E:
        """Decode stored bytes under their stored name, lifting old shapes; raises Unintelligible."""
        try:
            if name not in self._upcasters:
                return self._decoders[name].decode(data)
            return self._lift(name, msgspec.json.decode(data))
        except KeyError:
            raise Unintelligible(f"unknown event type {name}") from None
        except msgspec.MsgspecError as error:
            raise Unintelligible(f"{name}: {error}") from error

    def _lift(self, name: str, data: dict[str, Any]) -> E:
        for _ in range(UPCASTS_MAX):
            if name not in self._upcasters:
                return msgspec.convert(data, self._types[name])
            name, data = self._upcasters[name](data)
        raise Unintelligible(f"{name}: the upcasters run in a circle")
