"""What a name must be to stand in every index, and what stands for a name that cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.eventstore.names import NAME_BYTES_MAX, NotStorable, check_names, storable_name, storable_text

LONGEST = "合" * (NAME_BYTES_MAX // 3)


@pytest.mark.parametrize("name", ["", "C-1", "x" * NAME_BYTES_MAX, LONGEST, "契" * 120 + "/" + "-" * 30])
def test_what_every_index_takes_is_stored_as_it_is(name: str) -> None:
    check_names(name)
    assert storable_name(name) == name


@pytest.mark.parametrize("name", ["x" * (NAME_BYTES_MAX + 1), LONGEST + "合", "a\0b", "\ud800", "x" * 6000])
def test_what_some_index_does_not_take_is_refused_and_has_a_name_that_stands_for_it(name: str) -> None:
    with pytest.raises(NotStorable):
        check_names("fine", name)
    check_names(storable_name(name))
    assert storable_name(name) != storable_name(name + "x")


@given(st.text(st.characters(), max_size=700))
def test_every_text_has_a_name_that_can_be_stored(text: str) -> None:
    check_names(storable_name(text))
    assert "\0" not in storable_text(text)
    assert storable_text(text).encode().decode() == storable_text(text)


@given(st.lists(st.text(st.characters(), min_size=490, max_size=520), min_size=2, max_size=2, unique=True))
def test_no_two_texts_have_one_name(texts: list[str]) -> None:
    assert storable_name(texts[0]) != storable_name(texts[1])
