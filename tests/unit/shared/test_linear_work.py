"""What the edge does with outside text is linear in it: taking messages apart, masking, decoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from shared.inbound.address import address_of
from shared.kernel.errors import InvalidRequest
from shared.messages.cloudevents import read
from shared.messages.refusals import taken_apart
from shared.messages.strict_json import NotStrict, strict_json
from shared.telemetry.logs import masked
from shared.web.bodies import decode_body, is_json_in_utf8
from shared.web.problems import preferred_language
from tests.support.growth import Work, grows_faster_than_its_input


class Body(Struct, forbid_unknown_fields=True):
    """A body."""

    name: str = ""


DECODER = msgspec.json.Decoder(Body)
UNITS = (
    '" - at $',
    "` - at `$",
    " - at `$.a[0]",
    "eyJ",
    "eyJeyJeyJ.",
    "://a:",
    "bearer ",
    "\\",
    "\\u0000",
    "[",
    "{",
    ",en;q=",
    ";",
    "(",
    "a=b;",
    "a",
    "0",
)
OPENINGS = ("", "unknown field `", "x - at `$")
ENDS = ("", "\n", "`", "`\n", "@")


EVENT = (("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/s"), ("ce_type", b"t"))
STRUCTURED = (("content-type", b"application/cloudevents+json"),)


def named(count: int) -> list[tuple[str, bytes]]:
    """So many headers, each with a name of its own."""
    return [(f"ce_{number}", b"x") for number in range(count)]


def refused(work: Callable[[Any], object], given: object) -> Callable[[], object]:
    """The work, whether it takes the input or refuses it."""

    def run() -> object:
        try:
            return work(given)
        except (NotStrict, InvalidRequest) as error:
            return error

    return run


def growing(work: Callable[[str], Callable[[], object]], opening: str, unit: str, end: str) -> Work:
    """The work on a text of about a given length."""
    return lambda length: work(opening + unit * (length // len(unit)) + end)


def body_of(name: str) -> bytes:
    """A body with one member of that name, which is unknown."""
    return msgspec.json.encode({name: 1})


WORKS: dict[str, Callable[[str], Callable[[], object]]] = {
    "masked": lambda text: lambda: masked(text),
    "taken_apart": lambda text: lambda: taken_apart(text),
    "preferred_language": lambda text: lambda: preferred_language(text),
    "strict_json": lambda text: refused(strict_json, text.encode()),
    "a header": lambda text: refused(lambda header: read(header, b"{}"), [*EVENT, ("ce_traceparent", text.encode())]),
    "header names": lambda text: refused(lambda headers: read(headers, b"{}"), [*EVENT, (f"ce_{text}", b"x")]),
    "a structured record": lambda text: refused(lambda value: read(STRUCTURED, value), body_of(text)),
    "the content type": lambda text: refused(lambda header: read(header, b"{}"), [("content-type", text.encode())]),
    "the media type": lambda text: lambda: is_json_in_utf8("application/json;" + text),
    "decode_body": lambda text: refused(lambda data: decode_body(data, DECODER), body_of(text)),
    "members": lambda text: refused(lambda data: decode_body(data, DECODER), b'{"name":' + body_of(text) + b"}"),
}


@pytest.mark.parametrize("name", WORKS)
def test_the_edge_s_work_is_linear_in_outside_text(name: str) -> None:
    work = WORKS[name]
    faster = [
        (opening, unit, end)
        for unit in UNITS
        for opening in OPENINGS
        for end in ENDS
        if grows_faster_than_its_input(growing(work, opening, unit, end))
    ]
    assert faster == []


@pytest.mark.parametrize("work", [lambda headers: read(headers, b"{}"), lambda headers: address_of(headers, b"{}")])
def test_a_record_s_headers_are_looked_at_once(work: Callable[[Any], object]) -> None:
    assert not grows_faster_than_its_input(lambda count: refused(work, [*EVENT, *named(count)]))


def test_a_refusal_repeats_no_more_of_a_name_than_it_takes_to_know_it() -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode_body(body_of("x" * 64_000), DECODER)
    assert len(caught.value.field) < 300 and len(caught.value.detail) < 300


@pytest.mark.parametrize("name", ["a` - at `$.b", 'x" - at $', "\n", "a`b"])
def test_a_name_that_looks_like_a_place_is_a_name(name: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        decode_body(body_of(name), DECODER)
    assert caught.value.field.startswith("/")
    assert "unknown field" in caught.value.detail
