"""Canonical JSON: the one byte form that is stored, hashed and compared.

Keys are sorted, there are no floats and no insignificant white space, so on this profile the bytes equal RFC 8785.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(order="sorted")


# The canonical bytes of a struct or of plain JSON data: the encoder itself, because a command asks five times.
encode: Callable[[Any], bytes] = _ENCODER.encode


def sha256(value: Any) -> str:
    """SHA-256 (hex) over the canonical bytes; what a signature covers (R-425)."""
    return sha256_of_bytes(encode(value))


def sha256_of_bytes(data: bytes) -> str:
    """SHA-256 (hex) over bytes that are canonical already."""
    return hashlib.sha256(data).hexdigest()
