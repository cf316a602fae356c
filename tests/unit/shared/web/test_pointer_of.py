"""Messages of msgspec give JSON pointers."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from shared.messages.refusals import taken_apart
from shared.web.bodies import pointer_of


class Inner(Struct, forbid_unknown_fields=True):
    """A part of a body."""

    number: int
    slashed: str = msgspec.field(default="", name="a/b~c")


class Outer(Struct, forbid_unknown_fields=True):
    """A body."""

    items: list[Inner]
    named: dict[str, int] = {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"7", ""),
        (b"{}", "/items"),
        (b'{"items": 7}', "/items"),
        (b'{"items": [{"number": "x"}]}', "/items/0/number"),
        (b'{"items": [{"number": 1}, {"other": 1}]}', "/items/1/other"),
        (b'{"items": [{"number": 1, "a/b~c": 1}]}', "/items/0/a~1b~0c"),
        (b'{"items": [], "named": {"x": null}}', "/named/..."),
        (b'{"items": [], "typo": 1}', "/typo"),
    ],
)
def test_a_message_points_at_the_member_it_is_about(body: bytes, pointer: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(body, type=Outer)
    assert pointer_of(taken_apart(str(refused.value))) == pointer
