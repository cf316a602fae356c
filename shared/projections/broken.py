"""What stands in the place of a document that a view could not fold: the event that broke it, and why (decision 35).

It has a shape that no document has, lists leave it out, and the first event that could not be folded is the last that
counts: what follows would be folded into a document that is wrong. A rebuild under mended functions takes it away.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from shared.kernel.names import WORK_LIST
from shared.kernel.texts import shown
from shared.messages import canonical
from shared.messages.events import Recorded

# By this label the broken documents of a generation are found, over all tenants.
BROKEN_LABEL: Final = f"{WORK_LIST}broken"

REASON_CHARACTERS_MAX: Final = 300

_PREFIX: Final = b'{"$broken":'


class Broken(Struct, frozen=True, kw_only=True):
    """The event at `position` could not be folded into the document, for `reason`.

    Position 0: it was folded, and could not be written or read.
    """

    position: int
    event_id: str
    reason: str


class _Stored(Struct, frozen=True, rename={"broken": "$broken"}):
    broken: Broken


def broken_by(recorded: Recorded, error: Exception) -> Broken:
    """What is left of a document after `recorded`."""
    return Broken(position=recorded.position, event_id=recorded.event_id, reason=_reason(error))


def broken_at_rest(error: Exception) -> Broken:
    """What is left of a document that was folded, and could not be written or read."""
    return Broken(position=0, event_id="", reason=_reason(error))


def _reason(error: Exception) -> str:
    return shown(f"{type(error).__name__}: {error}", REASON_CHARACTERS_MAX)


def encode_broken(broken: Broken) -> bytes:
    """The stored bytes."""
    return canonical.encode(_Stored(broken))


def is_broken(body: bytes) -> bool:
    """Whether stored bytes stand for a document that could not be folded."""
    return body.startswith(_PREFIX)


def decode_broken(body: bytes) -> Broken:
    """What stored bytes say about it."""
    return msgspec.json.decode(body, type=_Stored).broken
