"""Work on outside text that costs more than the event loop may be held for goes to a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

Value = TypeVar("Value")

# A larger input is decoded in a thread, so that nobody else waits for it; so much takes at most some 4 ms.
INLINE_BYTES_MAX: Final = 16 * 1024


async def off_the_loop(size_bytes: int, work: Callable[[], Value]) -> Value:
    """What `work` makes of an input of so many bytes; in a thread when it costs more than the loop may be held for."""
    return work() if size_bytes <= INLINE_BYTES_MAX else await asyncio.to_thread(work)
