"""Strict JSON: whatever the ledger writes itself is read back, and what two readers could read in two ways is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.admission import MEMBER_CHARACTERS_MAX
from shared.messages import canonical
from shared.messages.strict_json import JSON_DEPTH_MAX, NotStrict, strict_json

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.recursive(
    st.none() | st.booleans() | texts,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(texts, inside, max_size=4),
    max_leaves=12,
)


@given(values)
def test_what_the_ledger_writes_is_read_back(value: Any) -> None:
    assert strict_json(canonical.encode(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(data: bytes) -> None:
    try:
        value = strict_json(data)
    except NotStrict:
        return
    assert canonical.encode(value)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"1.50", "1.50"),
        (b"1e308", "1e308"),
        (b"-9007199254740991", "-9007199254740991"),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'"\\\\u0000"', "\\u0000"),
        (b" [ ] ", []),
    ],
)
def test_numbers_stay_the_text_they_were_and_ordinary_escapes_work(data: bytes, value: Any) -> None:
    assert strict_json(data) == value


@pytest.mark.parametrize(
    ("data", "reason", "field"),
    [
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "twice", "/b/c"),
        (b'{"a": 1, "\\u0061": 2}', "twice", "/a"),
        (b'[0, {"a/b": [{"~": 1, "~": 2}]}]', "twice", "/1/a~1b/0/~0"),
        (b'{"a": NaN, "a": 1}', "twice", "/a"),
        (b"[-Infinity]", "-Infinity is not a number", "/0"),
        (b"NaN", "NaN is not a number", ""),
        (b'{"a": [9007199254740992]}', "beyond 9007199254740991", "/a/0"),
        (b'{"a": -9007199254740992}', "beyond", "/a"),
        (b'{"a": 18446744073709551616, "b": 1e400}', "beyond", "/a"),
        (b"9" * 5000, "beyond", ""),
        (b"[1, 1e400]", "too large", "/1"),
        (b'{"a": -1.5E+309}', "too large", "/a"),
        (b'{"a": ["", "\\ud800"]}', "surrogate", "/a/1"),
        (b'{"a": {"\\ud800": 1}}', "surrogate", "/a/\\ud800"),
        (b'{"a": ["", "\\u0000"]}', "NUL", "/a/1"),
        (b'"\xed\xa0\x80"', "not UTF-8", ""),
        (b'"\\udc00"', "surrogate", ""),
        (b'{"a\\u0000": 1}', "NUL", "/a\\x00"),
        (b"[" * 33 + b"NaN" + b"]" * 33, "deeper", ""),
        (b'"\\\\\\u0000"', "NUL", ""),
        (b"{'a': 1}", "not JSON", ""),
        (b"[1,]", "not JSON", ""),
        (b"01", "not JSON", ""),
        (b'"\n"', "not JSON", ""),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, reason: str, field: str) -> None:
    with pytest.raises(NotStrict, match=reason) as refused:
        strict_json(data)
    assert refused.value.field == field


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_is_limited(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"
    strict_json(opening * JSON_DEPTH_MAX + b"1" + closing * JSON_DEPTH_MAX)
    for depth in (JSON_DEPTH_MAX + 1, 100_000):
        with pytest.raises(NotStrict, match="deeper than 32"):
            strict_json(opening * depth + b"1" + closing * depth)


def test_the_name_of_a_member_that_comes_twice_can_be_told_whatever_it_is() -> None:
    with pytest.raises(NotStrict) as caught:
        strict_json(b'{"\\ud800%b":1,"\\ud800%b":2}' % ((b"x" * 900,) * 2))
    assert caught.value.field.encode() == b"/\\ud800" + b"x" * (MEMBER_CHARACTERS_MAX - 1)
