"""Packed rows: what is stored comes back as it was, and a row opens with the dictionary table and the library alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from services.hosting.parts import PARTS
from shared.eventstore.log import open_log
from shared.eventstore.packing import MAGIC, PACKED_BYTES_MIN, TOGETHER_MIN, Packing, read_dictionary
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from shared.kernel.errors import LogUnintelligible, StoreUnavailable
from shared.messages.dictionary import MECHANISM, NUMBER_MAX
from tests.support.logs import opened
from tests.support.toy_service import NOW, TOY, Add, command

DICTIONARIES = (MECHANISM, *(part.service.dictionary for part in PARTS))
LONG = "约定交付物及其完工标准" * 40


def packing_of(dictionaries: dict[int, bytes] | None = None) -> Packing:
    return Packing(MECHANISM, (dictionaries or {}).get)


@given(st.lists(st.binary(max_size=300) | st.binary(max_size=40).map(MAGIC.__add__), max_size=2 * TOGETHER_MIN))
def test_whatever_is_stored_comes_back_as_it_was(values: list[bytes]) -> None:
    """Also what looks like a frame, and what does not get smaller."""
    packing = packing_of()
    stored = packing.pack_all(values)
    assert packing.unpack_all(stored) == values
    assert all(len(packed) <= len(value) for packed, value in zip(stored, values, strict=True) if value[:4] != MAGIC)


def test_short_values_are_stored_as_they_are() -> None:
    value = b"a" * (PACKED_BYTES_MIN - 1)
    assert packing_of().pack(value) == value


def test_each_dictionary_has_a_number_of_its_own_which_is_also_in_its_bytes() -> None:
    numbers = [dictionary.number for dictionary in DICTIONARIES]
    assert len(set(numbers)) == len(numbers)
    for dictionary in DICTIONARIES:
        assert zstandard.ZstdCompressionDict(read_dictionary(dictionary)).dict_id() == dictionary.number <= NUMBER_MAX


def test_a_row_names_its_dictionary_and_one_that_is_not_there_is_not_guessed() -> None:
    other = next(part.service.dictionary for part in PARTS)
    packed = Packing(other, {}.get).pack(LONG.encode())
    assert packing_of({other.number: read_dictionary(other)}).unpack(packed) == LONG.encode()
    with pytest.raises(LogUnintelligible, match=f"dictionary {other.number}"):
        packing_of().unpack(packed)


def test_a_damaged_row_is_not_taken_for_another() -> None:
    packing = packing_of()
    with pytest.raises(LogUnintelligible):
        packing.unpack(packing.pack(LONG.encode())[:-3])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


async def test_r_460_a_row_opens_with_nothing_but_the_dictionary_table_and_the_library(file: Path) -> None:
    async with opened(f"sqlite:///{file}") as log:
        await log.submit(command(Add(amount=1, note=LONG), "k1"))
        [event] = await log.read(0)
    with closing(sqlite3.connect(file)) as database:
        [(body,)] = database.execute("SELECT body FROM events").fetchall()
        number = zstandard.get_frame_parameters(body).dict_id
        [(dictionary,)] = database.execute("SELECT body FROM dictionaries WHERE number = ?", (number,)).fetchall()
    plain = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(dictionary)).decompress(body)
    assert len(body) < len(plain) / 2
    assert event.event_id.encode() in plain and LONG.encode() in plain


async def test_r_460_rows_of_before_are_read_beside_packed_ones(file: Path) -> None:
    """Every table with packed columns, as an older program left it."""
    location = f"sqlite:///{file}"
    async with opened(location) as log:
        await log.submit(command(Add(amount=1, note=LONG), "k1"))
        before = (await log.read(0), await log.outbox(0))
    with closing(sqlite3.connect(file)) as database:
        packing = packing_of()
        for table, key, columns in (
            ("events", "position", ("body",)),
            ("outbox", "position", ("data",)),
            ("results", "key", ("answer",)),
        ):
            for column in columns:
                for row, value in database.execute(f"SELECT {key}, {column} FROM {table}").fetchall():
                    unpacked = packing.unpack(value)
                    database.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (unpacked, row))
        database.commit()
    async with opened(location) as log:
        assert (await log.read(0), await log.outbox(0)) == before
        first = await log.submit(command(Add(amount=1, note=LONG), "k1"))
        assert first.position == 1
        assert (await log.submit(command(Add(amount=2, note=LONG), "k2"))).version == 2
        assert [event.version for event in await log.read(0)] == [1, 2]


async def test_a_database_with_another_dictionary_of_the_number_is_not_opened(file: Path) -> None:
    location = f"sqlite:///{file}"
    async with opened(location):
        pass
    with closing(sqlite3.connect(file)) as database:
        database.execute("UPDATE dictionaries SET body = x'37a430ec01'")
        database.commit()
    with pytest.raises(StoreUnavailable, match="dictionary"):
        await open_log(TOY, location, VirtualLegalClock(NOW), SystemMachineClock())


async def test_a_page_of_the_outbox_counts_what_it_holds_in_memory(file: Path) -> None:
    """The planted violation: a page of so many packed bytes, which are ten times as many in memory."""
    async with opened(f"sqlite:///{file}") as log:
        for number in range(4):
            await log.submit(command(Add(amount=1, note=LONG), str(number)))
        [first, *_] = await log.outbox(0)
        size = len(first.envelope.data)
        assert size > len(LONG.encode())
        assert len(await log.outbox(0, bytes_max=2 * size)) == 2


async def test_r_460_messages_of_before_have_a_column_for_their_head(file: Path) -> None:
    location = f"sqlite:///{file}"
    async with opened(location) as log:
        await log.submit(command(Add(amount=1, note=LONG), "k1"))
        before = await log.outbox(0)
    with closing(sqlite3.connect(file)) as database:
        [(message,)] = database.execute("SELECT data FROM outbox").fetchall()
        head, _, data = packing_of().unpack(message).partition(b"\n")
        database.execute("UPDATE outbox SET head = ?, data = ?", (head, data))
        database.commit()
    async with opened(location) as log:
        assert await log.outbox(0) == before
