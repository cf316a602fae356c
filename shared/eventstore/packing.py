"""Stored bytes <-> the bytes that they stand for: frames of Zstandard (RFC 8878) with the dictionary of a service.

Packed is what gets smaller by it; everything else is stored as it is, and so is all that older programs wrote. A frame
names its dictionary by number, and the table `dictionaries` holds it: nothing else is needed to read a row. What is
hashed, compared and told is always the unpacked form.

Used from several threads; each has contexts of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import zstandard

from shared.kernel.errors import LogUnintelligible
from shared.messages.dictionary import Dictionary

MAGIC: Final = zstandard.FRAME_HEADER

# A short value gets no smaller by what a frame costs.
PACKED_BYTES_MIN: Final = 96

# The level at which the dictionary is prepared; levels above cost several times as much and save a twentieth.
LEVEL: Final = 3

# From so many values on one call for all is faster than a call for each, and lets go of the interpreter only once.
TOGETHER_MIN: Final = 4

# Where a frame as it is written here names its dictionary, behind the magic number and the flags.
_NUMBER_AT: Final = 5

Load = Callable[[int], bytes | None]


@cache
def read_dictionary(dictionary: Dictionary) -> bytes:
    """The bytes of a dictionary that this program brings, in the format of RFC 8878, section 5."""
    return files(dictionary.package).joinpath(dictionary.file).read_bytes()


class Packing:
    """Packs with `newest`, and unpacks with whatever dictionary a frame names; `load` gives those of other programs."""

    def __init__(self, newest: Dictionary, load: Load) -> None:
        self._newest = newest.number
        self._load = load
        self._dictionaries = {newest.number: _prepared(read_dictionary(newest))}
        self._contexts = threading.local()

    def pack(self, value: bytes) -> bytes:
        """What is stored for a value."""
        return self.pack_all((value,))[0]

    def pack_all(self, values: Sequence[bytes]) -> list[bytes]:
        """What is stored for each of the values, in their order."""
        stored = [bytes(value) for value in values]
        # What looks like a frame is packed whatever its length, so that nobody takes it for one.
        places = [
            place for place, value in enumerate(stored) if len(value) >= PACKED_BYTES_MIN or value.startswith(MAGIC)
        ]
        frames = self._compressed([stored[place] for place in places])
        for place, frame in zip(places, frames, strict=True):
            if len(frame) < len(stored[place]) or stored[place].startswith(MAGIC):
                stored[place] = frame
        return stored

    def size(self, stored: bytes) -> int:
        """How many bytes stored ones stand for, without a look at them."""
        return int(zstandard.frame_content_size(stored)) if stored.startswith(MAGIC) else len(stored)

    def unpack(self, stored: bytes) -> bytes:
        """The value behind stored bytes; raises LogUnintelligible."""
        return self.unpack_all((stored,))[0]

    def unpack_all(self, stored: Iterable[bytes]) -> list[bytes]:
        """The values behind stored bytes, in their order; raises LogUnintelligible."""
        values = list(stored)
        numbers: dict[int, list[int]] = {}
        for place, value in enumerate(values):
            if value.startswith(MAGIC):
                numbers.setdefault(value[_NUMBER_AT], []).append(place)
        for number, places in numbers.items():
            frames = [values[place] for place in places]
            for place, value in zip(places, self._decompressed(number, frames), strict=True):
                values[place] = value
        return values

    def _compressed(self, values: list[bytes]) -> list[bytes]:
        context = self._context("compressor", self._compressor)
        if len(values) < TOGETHER_MIN:
            return [context.compress(value) for value in values]
        return [frame.tobytes() for frame in context.multi_compress_to_buffer(values)]

    def _decompressed(self, number: int, frames: list[bytes]) -> list[bytes]:
        context = self._context(f"decompressor {number}", lambda: self._decompressor(number))
        try:
            if len(frames) < TOGETHER_MIN:
                return [context.decompress(frame) for frame in frames]
            return [value.tobytes() for value in context.multi_decompress_to_buffer(frames)]
        except zstandard.ZstdError as error:
            raise LogUnintelligible(f"a stored value cannot be unpacked with dictionary {number}: {error}") from error

    def _context(self, name: str, make: Callable[[], Any]) -> Any:
        """A context of this thread: none may be used by two at once."""
        contexts: dict[str, Any] = self._contexts.__dict__
        if name not in contexts:
            contexts[name] = make()
        return contexts[name]

    def _compressor(self) -> zstandard.ZstdCompressor:
        return zstandard.ZstdCompressor(level=LEVEL, dict_data=self._dictionaries[self._newest])

    def _decompressor(self, number: int) -> zstandard.ZstdDecompressor:
        if number not in self._dictionaries:
            # A newer program may have brought it since this one looked.
            found = self._load(number)
            if found is None:
                raise LogUnintelligible(f"the dictionary {number} is not among those of this database")
            self._dictionaries[number] = _prepared(found)
        return zstandard.ZstdDecompressor(dict_data=self._dictionaries[number])


def _prepared(body: bytes) -> zstandard.ZstdCompressionDict:
    dictionary = zstandard.ZstdCompressionDict(body)
    dictionary.precompute_compress(level=LEVEL)
    return dictionary
