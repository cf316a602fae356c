"""One process at a time runs a ledger on a data folder: whoever runs it holds a lock on a file of the folder.

The lock is the kernel's (`flock`), so it ends with its process, however that ends; what the file says only tells a
second one who was first. Commands that work beside a running ledger do not ask for it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from shared.identity.owner_file import OWNER_ONLY

LOCK_FILE: Final = "ledger.lock"
_HOLDER_BYTES_MAX: Final = 4096


class Holder(Struct, frozen=True, kw_only=True):
    """Who runs the ledger of a folder; `address` is empty until it answers."""

    process: int
    address: str = ""


class FolderInUse(Exception):
    """Another process runs the ledger of this folder; the text names it and says what to do, in both languages."""

    def __init__(self, folder: Path, holder: Holder | None) -> None:
        who_en = f"process {holder.process}" if holder else "another process"
        who_zh = f"进程 {holder.process} " if holder else "另一进程"
        at_en = f" at {holder.address}" if holder and holder.address else ", which is starting or stopping"
        at_zh = f"（{holder.address}）" if holder and holder.address else "（正在启动或停止）"
        super().__init__(
            f"the ledger in {folder}/ is run by {who_en}{at_en}; use that one, stop it, or choose another folder "
            f"with --data. {folder}/ 中的账本正由{who_zh}运行{at_zh}；请直接使用、先停止它，或用 --data 另选目录。"
        )


class FolderLock:
    """The lock while it is held."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def tell(self, address: str = "") -> None:
        """Leave word for who comes second."""
        said = msgspec.json.encode(Holder(process=os.getpid(), address=address))
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, said, 0)


@contextmanager
def held(folder: Path) -> Iterator[FolderLock]:
    """Hold the folder while the block runs; raises FolderInUse. The file stays: removing it would let two in."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, OWNER_ONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUse(folder, _holder(descriptor)) from None
        lock = FolderLock(descriptor)
        lock.tell()
        yield lock
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> Holder | None:
    """What the first one left word of; None while it has not."""
    try:
        return msgspec.json.decode(os.pread(descriptor, _HOLDER_BYTES_MAX, 0), type=Holder)
    except msgspec.DecodeError:
        return None
