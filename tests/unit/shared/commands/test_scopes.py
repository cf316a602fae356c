"""The cache of folded scopes: who believes what, for how long, and what falls out."""

from __future__ import annotations

from typing import Any, cast

import pytest

from shared.commands import scopes
from shared.commands.scopes import References, Scope, ScopeCache
from shared.eventstore.believed import Believed
from shared.kernel.actors import CATALOG_TENANT

A, B = ("t1", "a"), ("t1", "b")


def scope(state: int) -> Scope[int]:
    return Scope(state, 0, {})


def at(position: int) -> Believed:
    return Believed(position, f"e{position}")


def as_of(cache: ScopeCache[int], scope_id: tuple[str, str]) -> int | None:
    entry = cache.get(scope_id)
    return None if entry is None else entry.as_of


def test_while_only_this_process_writes_everything_read_stays_complete() -> None:
    cache: ScopeCache[int] = ScopeCache()
    cache.saw_tail(at(5))
    cache.wrote(at(6), {A: scope(1)})
    cache.saw_tail(at(6))
    cache.wrote(at(9), {B: scope(2)})
    assert (as_of(cache, A), as_of(cache, B)) == (9, 9)


def test_when_others_have_written_an_entry_is_as_old_as_it_was_read() -> None:
    cache: ScopeCache[int] = ScopeCache()
    cache.saw_tail(at(5))
    cache.wrote(at(6), {A: scope(1)})
    cache.saw_tail(at(8))
    cache.wrote(at(9), {B: scope(2)})
    assert (as_of(cache, A), as_of(cache, B)) == (6, 9)


def test_a_reader_never_makes_an_entry_older_or_more_complete_than_it_is() -> None:
    cache: ScopeCache[int] = ScopeCache()
    cache.saw_tail(at(5))
    cache.wrote(at(9), {A: scope(2)})
    cache.read(A, scope(1), 4)
    cache.read(B, scope(1), 4)
    entry = cache.get(A)
    assert entry is not None
    assert (entry.scope.state, as_of(cache, B)) == (2, 4)


def test_somebody_who_writes_without_the_lock_makes_everything_doubtful() -> None:
    cache: ScopeCache[int] = ScopeCache()
    cache.wrote(at(9), {A: scope(1)})
    cache.forget()
    assert as_of(cache, A) is None


def test_the_least_recently_used_scope_falls_out() -> None:
    cache: ScopeCache[int] = ScopeCache(limit=2)
    cache.wrote(at(1), {A: scope(1), B: scope(2)})
    cache.get(A)
    cache.wrote(at(2), {("t1", "c"): scope(3)})
    assert (as_of(cache, A), as_of(cache, B)) == (2, None)


def test_catalogue_scopes_in_use_are_asked_for_with_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "REFERENCES_MAX", 2)
    cache: ScopeCache[int] = ScopeCache()
    ids = [(CATALOG_TENANT, name) for name in "xyz"]
    for scope_id in [*ids, A]:
        cache.wrote(at(1), {scope_id: scope(0)})
    assert cache.references() == (ids[1], ids[2])


def test_facts_are_loaded_only_when_asked_for() -> None:
    asked: list[object] = []

    class Scopes:
        def get(self, scope_id: object) -> Scope[str]:
            asked.append(scope_id)
            return Scope("state", 1, {})

    facts = References(cast(Any, Scopes()), "t")
    assert (len(facts), asked) == (0, [])
    assert (facts["calendar/cn"], asked) == ("state", [(CATALOG_TENANT, "calendar/cn")])
    assert dict(facts) == {"calendar/cn": "state"}


def test_r_424_facts_are_those_of_the_catalogue_and_of_the_own_tenant() -> None:
    asked: list[object] = []

    class Scopes:
        def get(self, scope_id: object) -> Scope[str]:
            asked.append(scope_id)
            return Scope("state", 1, {})

    facts = References(cast(Any, Scopes()), "t")
    for name in ("service/alibaba-1", "contract/C1", "contract/calendar/x", "service-like/x"):
        facts[name]
    assert asked == [
        (CATALOG_TENANT, "service/alibaba-1"),
        ("t", "contract/C1"),
        ("t", "contract/calendar/x"),
        ("t", "service-like/x"),
    ]
