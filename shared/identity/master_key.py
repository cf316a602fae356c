"""A random key in a file that only its owner can read, made on first use."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from shared.identity.owner_file import owner_file

KEY_BYTES: Final = 32


def master_key(path: Path) -> bytes:
    """The key in `path`."""
    return owner_file(path, lambda: secrets.token_bytes(KEY_BYTES))
