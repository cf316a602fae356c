"""The locks say exactly what is installed: every entry pinned and hashed, no address, one version of everything."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import ROOT, assert_none

RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
PINNED = re.compile(r"([a-z0-9-]+)==([\w.]+)( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
ENTRY = re.compile(r"^\S.*(?:\n\s+.*)*", re.MULTILINE)


def loose_entries(lock: str) -> list[str]:
    """Entries of a lock that are more, or less, than a version with the hashes of its files."""
    return [entry.splitlines()[0] for entry in ENTRY.findall(lock) if not PINNED.fullmatch(entry)]


def pins(lock: str) -> set[tuple[str, str]]:
    """(name, version) of every entry."""
    return {(found[1], found[2]) for found in PINNED.finditer(lock)}


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT])
def test_every_entry_is_pinned_and_hashed(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert pins(lock)
    assert_none(loose_entries(lock))


def test_tools_do_not_change_what_runs() -> None:
    assert_none(sorted(map(str, pins((ROOT / RUNTIME).read_text()) - pins((ROOT / DEVELOPMENT).read_text()))))


SOUND = f"aiohttp==3.14.5 ; sys_platform != 'win32' \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{'1' * 64}\n"


@pytest.mark.parametrize(
    "planted",
    [
        "aiohttp>=3.14",
        "aiohttp==3.14.5",
        "aiohttp==3.14.5 \\\n    --hash=md5:00",
        "--index-url https://mirror.example/simple",
        "aiohttp @ https://mirror.example/aiohttp.whl",
        "# made with an index",
    ],
)
def test_a_planted_loose_entry_is_caught(planted: str) -> None:
    assert loose_entries(SOUND) == []
    assert loose_entries(f"{SOUND}{planted}\n{SOUND}") == [planted.splitlines()[0]]
