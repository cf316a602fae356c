"""Names of parts: no two lists of parts give one name, and what stands in existing logs keeps its name."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.kernel.ids import Identifier
from shared.kernel.names import dashed, feed_name, key_name, label_name, parts_of, scope_name, stream_name

# Everything that an identifier may be made of, and what is beyond: separators, escapes, marks of kinds, nothing.
SIGNS = string.ascii_letters[:3] + "19" + "._-" + "/%:@ \n" + "2F5D" + "项"
PART = st.text(SIGNS, max_size=6) | st.text(max_size=4)
PARTS = st.lists(PART, min_size=1, max_size=4).map(tuple)
KIND = st.sampled_from(["item", "contract", "change", "c", "ite"])
NAMES: tuple[Callable[..., str], ...] = (stream_name, scope_name, label_name)

Parts = tuple[str, ...]


@given(st.tuples(KIND, PARTS), st.tuples(KIND, PARTS))
@example(("item", ("HT-9-consulting", "reports")), ("item", ("HT-9", "consulting-reports")))
@example(("risk", ("HT", "2026-r1")), ("risk", ("HT-2026", "r1")))
@example(("item", ("a/b", "c")), ("item", ("a", "b/c")))
@example(("item", ("a/b",)), ("item", ("a%2Fb",)))
@example(("item", ("a", "")), ("item", ("a",)))
def test_no_two_lists_of_parts_give_one_name(one: tuple[str, Parts], other: tuple[str, Parts]) -> None:
    for name in NAMES:
        assert (name(one[0], *one[1]) == name(other[0], *other[1])) == (one == other)
    assert (key_name(*one[1]) == key_name(*other[1])) == (one[1] == other[1])


@given(KIND, PARTS)
def test_a_name_says_what_it_was_built_of(kind: str, parts: Parts) -> None:
    for name in NAMES:
        assert parts_of(name(kind, *parts)) == (kind, parts)


@given(st.tuples(PART, PART, PART), st.tuples(PART, PART, PART))
@example(("a-b", "c", "d"), ("a", "b-c", "d"))
@example(("a", "b-c", "d"), ("a", "b", "c-d"))
@example(("a%2D", "b", "c"), ("a-", "b", "c"))
def test_no_two_feeds_have_one_name(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert (feed_name(*one) == feed_name(*other)) == (one == other)
    assert feed_name(*one).startswith(feed_name(*one[:2], ""))


@given(st.from_regex(re.compile(Identifier.__metadata__[0].pattern), fullmatch=True))  # type: ignore[attr-defined]
def test_r_460_names_in_existing_logs_stay(identifier: str) -> None:
    assert stream_name("contract", identifier) == f"contract-{identifier}"
    assert scope_name("contract", identifier) == f"contract/{identifier}"
    assert label_name("org", identifier) == f"org:{identifier}"
    assert key_name(identifier, identifier) == f"{identifier}/{identifier}"
    assert (
        feed_name("contracts", "ledger.contracts.v1", identifier) == f"feed-contracts-ledger.contracts.v1-{identifier}"
    )


@given(st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9._-]{1,8}", fullmatch=True))
def test_a_name_of_two_parts_is_no_name_of_an_older_log(contract: str, item: str) -> None:
    name = stream_name("item", contract, item)
    assert dashed(name) == f"item-{contract}-{item}"
    assert "/" in name and "/" not in dashed(name)


@pytest.mark.parametrize("kind", ["", "item-x", "item/x", "a:b", "item1"])
def test_a_kind_is_letters_only(kind: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        stream_name(kind, "a")


def test_a_name_has_a_part() -> None:
    for name in (stream_name, scope_name, label_name):
        with pytest.raises(ValueError, match="one part"):
            name("item")
    with pytest.raises(ValueError, match="one part"):
        key_name()
