"""The forms of sentences: one in words of its own, one that fills in fields, one that also translates a stable word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.contracts.sentences.wording import ACTS
from shared.public_events.acceptance import CommunicationWithoutEffect
from shared.public_events.codes import CODES
from shared.public_events.contracts import ContractCommunicationWithoutEffect
from shared.public_events.words import words


class Sentence(NamedTuple):
    """One event in words."""

    rule: str
    zh: str
    en: str


def plain(rule: str, zh: str, en: str) -> Callable[[Any], Sentence]:
    """A sentence that only fills in fields of the event."""
    return lambda e: Sentence(rule, zh.format(e=e), en.format(e=e))


def coded(rule: str, zh: str, en: str, field: str) -> Callable[[Any], Sentence]:
    """The same, with the words for the stable word that `field` holds as `{code}`."""

    def say(e: Any) -> Sentence:
        code = words(CODES, getattr(e, field))
        return Sentence(rule, zh.format(e=e, code=code.zh), en.format(e=e, code=code.en))

    return say


def no_effect(e: ContractCommunicationWithoutEffect | CommunicationWithoutEffect) -> Sentence:
    """A communication that does not count, in either service."""
    act = words(ACTS, e.act)
    return Sentence(
        e.rule,
        f"“{act.zh}”已记录但不生效（{e.rule}）：{e.reason}",
        f"“{act.en}” is recorded without effect ({e.rule}): {e.reason}",
    )
