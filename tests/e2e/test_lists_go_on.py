"""Whoever has read a list to its end comes back with its cursor and finds what came later: all of it, nothing twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.demo.player import Player
from tests.e2e.world import CONTRACT, DRAFT, act, drafted, signed, under_review

# The later ones come earlier by name: a list by name would pass over them.
EARLIER_NAME = "A-1"


async def read_to_the_end(player: Player, who: str, path: str, cursor: str | None = None) -> tuple[list[Any], str]:
    """What a list holds behind a cursor, and the cursor at its end, which is the one that is handed back as it was."""
    entries: list[Any] = []
    sign = "&" if "?" in path else "?"
    while True:
        page = await player.read(who, f"{path}{sign}cursor={cursor}" if cursor else path)
        entries += page["items"]
        if page["next"] == cursor:
            assert page["items"] == []
            return entries, cursor
        cursor = page["next"]


async def another_contract(player: Player) -> None:
    """A second contract, drafted."""
    await act(player, "wang", "/contracts", {**DRAFT, "contract": EARLIER_NAME})


async def another_contract_signed(player: Player) -> None:
    """A second contract, signed."""
    await signed(player, {**DRAFT, "contract": EARLIER_NAME})


async def endpoint(player: Player, name: str = "b") -> None:
    """A webhook endpoint."""
    await act(player, "li", "/notices/endpoints", {"endpoint": name, "url": f"https://{name}.example/hook"})


async def reminded(player: Player) -> None:
    """A review that has been reminded of once."""
    await under_review(player)
    await player.until("2025-10-09 10:00")


async def reminded_again(player: Player) -> None:
    """And another time."""
    await player.until("2025-10-13 10:00")


Step = Callable[[Player], Awaitable[None]]


@pytest.mark.parametrize(
    ("path", "who", "first", "then", "of"),
    [
        ("/contracts", "wang", drafted, another_contract, lambda entry: entry["contract"]),
        ("/contracts", "auditor", drafted, another_contract, lambda entry: entry["contract"]),
        ("/acceptance-board", "li", signed, another_contract_signed, lambda entry: entry["contract"]),
        ("/acceptance-board?state=under_review", "li", signed, under_review, lambda entry: entry["item"]),
        ("/due?order=changed", "li", signed, under_review, lambda entry: entry["deadline"]["deadline"]),
        ("/invoice-requests", "finance", signed, another_contract_signed, lambda entry: entry["event_id"]),
        ("/notices/deliveries", "li", reminded, reminded_again, lambda entry: entry["notice"]["notice"]),
        ("/notices/endpoints", "li", endpoint, lambda player: endpoint(player, "a"), lambda entry: entry["endpoint"]),
        (f"/contracts/{CONTRACT}/timeline", "auditor", drafted, signed, lambda entry: entry["event_id"]),
    ],
)
async def test_a_list_that_was_read_to_its_end_goes_on_with_what_came_later(
    embedded: Player, path: str, who: str, first: Step, then: Step, of: Callable[[Any], str]
) -> None:
    await first(embedded)
    await embedded.settle()
    before, cursor = await read_to_the_end(embedded, who, path)
    assert (await read_to_the_end(embedded, who, path, cursor)) == ([], cursor)
    await then(embedded)
    await embedded.settle()
    later, _ = await read_to_the_end(embedded, who, path, cursor)
    known = {of(entry) for entry in before}
    assert later and known.isdisjoint(of(entry) for entry in later)
    whole, _ = await read_to_the_end(embedded, who, path)
    assert sorted(map(of, whole)) == sorted(map(of, [*before, *later]))


async def test_an_item_that_changes_its_state_comes_once_in_the_lists_that_it_is_in_already(embedded: Player) -> None:
    await signed(embedded)
    before, cursor = await read_to_the_end(embedded, "li", f"/contracts/{CONTRACT}/items")
    await under_review(embedded)
    assert before
    assert (await read_to_the_end(embedded, "li", f"/contracts/{CONTRACT}/items", cursor)) == ([], cursor)
