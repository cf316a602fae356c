"""What the subjects of the domain share: the base of what comes from outside, its bounds, and a signature.

A `Body` is the body of a request and the content of its command; where the path names a part of the contract (a change,
a risk) a command struct of the subject puts both together. Amounts and rates are texts, never JSON numbers (R-440).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct

from shared.kernel.ids import Sha256
from shared.kernel.texts import LongLine

# A contract is written by people: these bounds keep its whole terms far below the size limit of a public event.
LIST_MAX = 200


class Body(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that comes from outside: an unknown field is an error."""


class SignatureBody(Body, frozen=True, kw_only=True):
    """A signature over content that was shown: its SHA-256 and version (R-425).

    `reference` is the e-sign provider's reference, or the SHA-256 of the scan.
    """

    content_sha256: Sha256
    content_version: Annotated[int, Meta(ge=1)]
    method: Literal["click", "e_sign", "scan"] = "click"
    reference: LongLine = ""


Value = TypeVar("Value")


def with_entry(mapping: Mapping[str, Value], key: str, value: Value) -> Mapping[str, Value]:
    """A mapping of a state with an entry, in the place of the one before."""
    return {**mapping, key: value}


def without_entry(mapping: Mapping[str, Value], key: str) -> Mapping[str, Value]:
    """A mapping of a state without an entry that it has; raises KeyError."""
    mapping[key]
    return {known: value for known, value in mapping.items() if known != key}
