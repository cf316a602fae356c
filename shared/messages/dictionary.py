"""A dictionary of what a service stores: bytes that its rows have in common, so that a packed row holds only the rest.

A dictionary is a file that belongs to a package and is never edited once a row was packed with it: a newer one is a new
number in its place. A database keeps every one that it has rows of, so that its rows can be read without this program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The number stands in every packed row, in one byte.
NUMBER_MAX: Final = 255


@dataclass(frozen=True)
class Dictionary:
    """`number` is unlike that of every other dictionary of the ledger, now and earlier; it is also inside the bytes."""

    number: int
    package: str
    file: str = "stored.zdict"


# What every service stores: records around events, envelopes, answers.
MECHANISM: Final = Dictionary(1, __package__)
