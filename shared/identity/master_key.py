"""A random key in a file that only its owner can read, made on first use."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600


def master_key(path: Path) -> bytes:
    """The key in `path`; of two processes that make it at once, one wins and the other reads it."""
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    return path.read_bytes()
