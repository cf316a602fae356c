"""Named places where a test, or a chaos run, can stop, fail or kill the process.

One table lists them all; a name that is not in it cannot be armed or passed. They cost a look into an empty dict
while nothing is armed. A process is armed at its edge (`arm_from`), a test arms its own process (`arm`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ENVIRONMENT_VARIABLE = "QIZHANG_FAILPOINTS"
KILLED_EXIT_CODE = 137
BLOCK_MAX_S = 60.0

FAILPOINTS: Mapping[str, str] = {
    "store.migrated_before_commit": "the tables of a new log are made, not committed",
    "writer.before_lock": "a batch is gathered, the lock not yet taken",
    "writer.under_lock": "the lock is held, nothing decided; not passed where nothing is asked",
    "writer.decided": "everything is decided and encoded, nothing written",
    "writer.inserted_before_commit": "the rows are inserted or about to be sent, the transaction not committed",
    "writer.committed_before_reply": "committed, the writer does not know it yet",
    "writer.after_commit_before_reply": "committed, nobody has been told",
    "documents.before_commit": "documents of a view are written, the transaction not committed",
    "documents.after_commit": "documents and position of a view are committed, the runner has not been told",
    "bus.before_position_saved": "messages are delivered, the follower's position not moved",
    "relay.before_send": "a chunk of the outbox is read and encoded, nothing of it sent",
    "relay.before_position_moved": "a chunk is acknowledged by the broker, the relay's position not moved",
    "relay.position_moved": "the relay's position is moved, the next chunk not read",
    "consumer.before_receive": "records are fetched, none of them is with the receiver",
    "consumer.before_commit": "records are with the receiver, their offsets not committed",
    "ticker.before_submit": "a deadline is due and its grace over, its command not sent",
}


class FailpointReached(Exception):
    """What a failpoint armed with `raise_here` raises."""


_armed: dict[str, Callable[[], None]] = {}


def failpoint(name: str) -> None:
    """Do here what the failpoint is armed with; nothing at all in ordinary runs."""
    if _armed and (action := _armed.get(name)):
        action()


def kill_here() -> None:
    """End the process at once, as `kill -9` does: no handler runs, nothing is flushed."""
    os._exit(KILLED_EXIT_CODE)


def raise_here() -> None:
    """Fail at this place."""
    raise FailpointReached


class Block:
    """Stops whoever comes by until released; `reached` tells a test that somebody stands there."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()

    def wait_reached(self) -> None:
        """Return when somebody stands there; raises FailpointReached when nobody comes, so that a test cannot hang."""
        if not self.reached.wait(BLOCK_MAX_S):
            raise FailpointReached("nobody has come by this failpoint")

    def __call__(self) -> None:
        self.reached.set()
        if not self.released.wait(BLOCK_MAX_S):
            raise FailpointReached("nobody released this failpoint")


@contextmanager
def arm(name: str, action: Callable[[], None]) -> Iterator[None]:
    """Arm a failpoint of this process for the length of a `with` block."""
    _known(name)
    _armed[name] = action
    try:
        yield
    finally:
        del _armed[name]


def arm_from(setting: str) -> None:
    """Arm for the life of the process from text: `name=kill`, `name=raise`, several separated by commas.

    The name may be followed by `:n` to act at the n-th passing only. Raises ValueError for an unknown name or action.
    """
    for entry in filter(None, setting.split(",")):
        place, _, verb = entry.partition("=")
        name, _, count = place.partition(":")
        actions = {"kill": kill_here, "raise": raise_here}
        if verb not in actions:
            raise ValueError(f"failpoint {name}: unknown action {verb!r}, known: {sorted(actions)}")
        _known(name)
        _armed[name] = at_passing(int(count or "1"), actions[verb])


def at_passing(n: int, action: Callable[[], None]) -> Callable[[], None]:
    """The action, at the n-th passing only."""
    passed = 0

    def counted() -> None:
        nonlocal passed
        passed += 1
        if passed == n:
            action()

    return counted


def _known(name: str) -> None:
    if name not in FAILPOINTS:
        raise ValueError(f"unknown failpoint {name!r}")
