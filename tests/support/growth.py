"""Whether work grows with its input or with its square: the same work at n and at 4n, by the thread's own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

Work = Callable[[int], Callable[[], object]]

LENGTH: Final = 2_000
FACTOR: Final = 4
# Linear work takes 4 times as long, quadratic work 16 times.
RATIO_MAX: Final = 9.0
# What is done at the larger size in less than this costs nothing that could be measured.
NOTHING_S: Final = 0.003
REPEATS: Final = 3


def cost_s(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The least time that a thread needed for it, of so many times."""
    least_s = float("inf")
    for _ in range(repeats):
        before_s = time.thread_time()
        work()
        least_s = min(least_s, time.thread_time() - before_s)
    return least_s


def grows_faster_than_its_input(work: Work, length: int = LENGTH) -> float | None:
    """How many times as long the work takes at FACTOR times the size; None when that is about FACTOR times."""
    large = work(length * FACTOR)
    if cost_s(large, 1) < NOTHING_S:
        return None
    small_s, large_s = cost_s(work(length)), cost_s(large)
    ratio = large_s / max(small_s, 1e-9)
    return ratio if large_s >= NOTHING_S and ratio > RATIO_MAX else None
