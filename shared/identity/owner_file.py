"""A file of key material that only its owner can read, made on first use."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shared.config import ConfigError

OWNER_ONLY: Final = 0o600
_OTHERS: Final = 0o077


def owner_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of `path`, which `make` gives when it is not there yet.

    Of two processes that make it at once one wins and both read the same. Raises ConfigError for a file that others
    can read: what they have read can no longer be trusted.
    """
    if not path.exists():
        _create(path, make())
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise ConfigError(
            f"{path} can be read by others; delete it, or run: chmod 600 {path}. "
            f"其他用户可读取 {path}，请删除该文件，或执行 chmod 600。"
        )
    return path.read_bytes()


def _create(path: Path, content: bytes) -> None:
    """Write beside `path` and link into place, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
