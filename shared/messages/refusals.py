"""What msgspec says when it refuses a text, taken apart in one pass: the sentence, the place, and the member it names.

A member's name is the sender's own text and may hold anything, also what looks like a place, so nothing here searches
with a pattern: whoever sends 64 kB of them gets his answer as soon as anybody else.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.kernel.admission import MEMBER_CHARACTERS_MAX
from shared.kernel.texts import shown

# A place ends the message; msgspec leaves it out for the whole text.
_PLACES: Final = (" - at `key` in `$", " - at `$")
_MEMBERS: Final = ("unknown field `", "missing required field `")
# A key of a map is not told.
_KEY: Final = "..."


class Refusal(NamedTuple):
    """`text` without the place, `steps` from the root to it, and the `member` that is unknown or missing."""

    text: str
    steps: tuple[str, ...]
    member: str


def taken_apart(message: str) -> Refusal:
    """The parts of a message; linear in its length."""
    text, path = _split(message)
    opening = next((opening for opening in _MEMBERS if opening in text), None)
    if opening is None:
        return Refusal(shown(text, 4 * MEMBER_CHARACTERS_MAX), _steps(path), "")
    before, _, rest = text.partition(opening)
    whole = rest.removesuffix("`")
    member = shown(whole, MEMBER_CHARACTERS_MAX)
    return Refusal(f"{before}{opening}{member}`", _steps(path), member)


def _split(message: str) -> tuple[str, str]:
    """The sentence, and the path behind it."""
    if not message.endswith("`"):
        return message, ""
    for opening in _PLACES:
        at = message.rfind(opening)
        if at >= 0 and "`" not in message[at + len(opening) : -1]:
            return message[:at], message[at + len(opening) : -1]
    return message, ""


def _steps(path: str) -> tuple[str, ...]:
    """`.lines[0].amount` -> lines, 0, amount; `[...]` stays as it is."""
    steps: list[str] = []
    for part in path.replace(f"[{_KEY}]", "[]").split("."):
        name, *places = part.split("[")
        if name:
            steps.append(name)
        steps += [place.removesuffix("]") or _KEY for place in places]
    return tuple(steps)
