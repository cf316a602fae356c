"""Identifiers. Everything made below the edge is derived, so that a retry or a replay makes the same id again."""

from __future__ import annotations

from hashlib import sha1
from typing import Annotated
from uuid import UUID

from msgspec import Meta

NAMESPACE = UUID("6f1c7a0e-6b0c-5c55-9a0b-4a1d5a6a7d10")
_NAMESPACE_HASH = sha1(NAMESPACE.bytes, usedforsecurity=False)

# The end of a pattern: `$` also matches before a last line break. Exported schemas say `$`, which means the same in the
# dialect of JSON Schema (shared/messages/schemas.py).
END = r"\Z"

# Ids appear in URLs and in the names of `names.py`, so they hold no separator.
Identifier = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}" + END)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}" + END, description="SHA-256, lower-case hex")]


def derived_id(*parts: str) -> str:
    """A UUID that the parts alone decide; the parts are framed, so no two lists of parts run together.

    The same as `str(uuid5(NAMESPACE, ...))`, written out because every event asks for one or two.
    """
    digest = _NAMESPACE_HASH.copy()
    digest.update("".join([f"{len(part)}:{part}" for part in parts]).encode())
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def event_id(root: str, index: int) -> str:
    """The id of the `index`-th event (from 0) of a decision.

    `root` is the command's id, or for a reaction the id of the event in the receiver's log that it follows from.
    A decider can so name an event of its own decision in another one.
    """
    return derived_id(root, str(index))
