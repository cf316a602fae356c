"""Reads JSON that comes from outside under the I-JSON profile (RFC 7493): what two readers could read in two ways is
refused. The typed decoding that follows may then rely on it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from shared.kernel.texts import shown
from shared.messages import canonical

JSON_DEPTH_MAX: Final = 32
# So much of a member's name is told to who sent it twice.
MEMBER_CHARACTERS_MAX: Final = 200

# NUL fits in no column of text; an escape is real when an even number of backslashes stands before it.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NotStrict(ValueError):
    """The bytes are no JSON of the profile; `field` is the offending member, where one can be named."""

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.field = field


def strict_json(data: bytes) -> Any:
    """The plain value of a JSON text, with numbers as the text they were written in (so that a hash keeps them apart).

    Raises NotStrict for invalid UTF-8, malformed JSON, NaN and infinities, a member that appears twice, a value
    deeper than JSON_DEPTH_MAX, lone surrogates, and the NUL character.
    """
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotStrict(f"the text is not UTF-8 (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise NotStrict(f"the text is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise NotStrict(f"the value is nested deeper than {JSON_DEPTH_MAX} levels") from None
    # Most texts are too short to be deep and hold no escapes, so a look at the bytes settles it.
    if data.count(b"[") + data.count(b"{") > JSON_DEPTH_MAX:
        _check_depth(value)
    if b"\\u" in data:
        _check_texts(value)
    return value


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(members)
    if len(unique) < len(members):
        seen: set[str] = set()
        for name, _ in members:
            if name in seen:
                raise NotStrict("a member appears twice", shown(name, MEMBER_CHARACTERS_MAX))
            seen.add(name)
    return unique


def _no_constant(word: str) -> NoReturn:
    raise NotStrict(f"{word} is not a number of JSON")


def _check_depth(value: Any) -> None:
    level = [[value]]
    for _ in range(JSON_DEPTH_MAX + 1):
        level = [_members(child) for members in level for child in members if isinstance(child, dict | list)]
        if not level:
            return
    raise NotStrict(f"the value is nested deeper than {JSON_DEPTH_MAX} levels")


def _members(container: dict[str, Any] | list[Any]) -> list[Any]:
    return list(container.values()) if isinstance(container, dict) else container


def _check_texts(value: Any) -> None:
    try:
        written = canonical.encode(value)
    except UnicodeEncodeError:
        raise NotStrict("a text holds half of a surrogate pair") from None
    if _NUL.search(written):
        raise NotStrict("a text holds the character NUL")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_no_constant
)
