"""Names built of parts: streams, scopes, labels, keys of documents and feeds. The only place where parts are joined.

Two lists of parts never give one name, whatever text the parts hold: ids may hold `-` and `.`, and what is checked
today may be looser tomorrow. A separator inside a part is escaped, and a kind is letters only, so its end is known.
Names are stored with events for ever: a change here may not change the name of anything that exists.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

# A service follows a few topics of a few others.
FEEDS_REMEMBERED = 256

# A fold asks for the names of one contract with each of its events, of some contracts by turns.
NAMES_REMEMBERED = 4096

# What the labels begin with that are listed over every tenant: the ledger's own work lists. No kind does.
WORK_LIST: Final = "$"

_SEPARATOR = "/"
_ESCAPE = "%"


def stream_name(kind: str, *parts: str) -> str:
    """The stream of one thing in a tenant's log: `contract-C1`, `item-C1/report`."""
    return _of_kind(kind, "-", parts)


def scope_name(kind: str, *parts: str) -> str:
    """A consistency boundary in a tenant's log: `contract/C1`."""
    return _of_kind(kind, "/", parts)


def label_name(kind: str, *parts: str) -> str:
    """A label that documents are listed by: `org:acme`."""
    return _of_kind(kind, ":", parts)


def key_name(*parts: str) -> str:
    """The key of a document in a tenant's view: `C1/report`."""
    if not parts:
        raise ValueError("a key has at least one part")
    return _joined(parts)


def feed_name(source: str, topic: str, key: str) -> str:
    """The stream of a receiver's log that holds what it got of (topic, key) from `source`.

    The key comes last and as it is, so that the feeds of a topic share a prefix; the two before it hold no `-`.
    """
    return _feeds_prefix(source, topic) + key


def parts_of(name: str) -> tuple[str, tuple[str, ...]]:
    """(kind, parts) of a stream, scope or label."""
    end = next((place for place, sign in enumerate(name) if not sign.isalpha()), len(name))
    return name[:end], tuple(_plain(part) for part in name[end + 1 :].split(_SEPARATOR))


def dashed(stream: str) -> str:
    """What logs written before December 2026 call a stream of two parts: `item-C1-report`.

    There two things of different scopes could want one name; inside one scope these names are distinct.
    """
    kind, parts = parts_of(stream)
    return "-".join((kind, *parts))


@lru_cache(maxsize=NAMES_REMEMBERED)
def _of_kind(kind: str, mark: str, parts: tuple[str, ...]) -> str:
    if not kind.isalpha() or not parts:
        raise ValueError(f"a name is a kind of letters and at least one part: {kind!r} {parts!r}")
    return f"{kind}{mark}{_joined(parts)}"


def _joined(parts: tuple[str, ...]) -> str:
    return _SEPARATOR.join([_escaped(part) for part in parts])


def _escaped(part: str) -> str:
    if _ESCAPE not in part and _SEPARATOR not in part:
        return part
    return part.replace(_ESCAPE, "%25").replace(_SEPARATOR, "%2F")


def _plain(part: str) -> str:
    return part.replace("%2F", _SEPARATOR).replace("%25", _ESCAPE) if _ESCAPE in part else part


@lru_cache(maxsize=FEEDS_REMEMBERED)
def _feeds_prefix(source: str, topic: str) -> str:
    return f"feed-{_dashless(source)}-{_dashless(topic)}-"


def _dashless(part: str) -> str:
    return part.replace(_ESCAPE, "%25").replace("-", "%2D")
