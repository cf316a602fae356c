"""Numbered SQL files per database, applied once and in order when a log is opened.

A file is never edited after it has been released: a change of tables is a new file. Opening a log whose tables are
newer than the program fails, because an older program would not write what a newer one relies on.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import NamedTuple

from shared.kernel.errors import StoreUnavailable


class Migration(NamedTuple):
    number: int
    name: str
    statements: tuple[str, ...]


def migrations(database: str) -> tuple[Migration, ...]:
    """All migrations of `sqlite` or `postgres`, in order."""
    return tuple(sorted(_read(database)))


def pending(database: str, applied: int) -> tuple[Migration, ...]:
    """The migrations after number `applied`; raises StoreUnavailable when the tables are newer than the program."""
    every = migrations(database)
    if applied > every[-1].number:
        raise StoreUnavailable(
            f"the tables are at version {applied}, this program knows {every[-1].number}: start a newer program"
        )
    return tuple(migration for migration in every if migration.number > applied)


def _read(database: str) -> Iterator[Migration]:
    for file in files(__package__).joinpath(database).iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            yield Migration(int(number), name, tuple(_statements(file.read_text(encoding="utf-8"))))


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; comments go first, because one may contain a semicolon."""
    code = "\n".join(line for line in script.splitlines() if not line.lstrip().startswith("--"))
    for statement in code.split(";"):
        if statement.strip():
            yield statement.strip()
