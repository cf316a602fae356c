"""The forms of sentences: one in words of its own, one that fills in fields, one that also translates a stable word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from services.contracts.sentences.wording import ACTS
from shared.public_events.acceptance import CommunicationWithoutEffect
from shared.public_events.codes import CODES
from shared.public_events.contracts import ContractCommunicationWithoutEffect
from shared.public_events.words import in_each_language, words


class Sentence(NamedTuple):
    """One event in words."""

    rule: str
    zh: str
    en: str


def plain(rule: str, zh: str, en: str) -> Callable[[Any], Sentence]:
    """A sentence that only fills in fields of the event."""
    return lambda e: Sentence(rule, zh.format(e=e), en.format(e=e))


def coded(rule: str, zh: str, en: str, field: str) -> Callable[[Any], Sentence]:
    """The same, with the words for the stable word, or the text in both languages, that `field` holds as `{code}`."""

    def say(e: Any) -> Sentence:
        text = getattr(e, field)
        code = CODES.get(text) or in_each_language(text)
        return Sentence(rule, zh.format(e=e, code=code.zh), en.format(e=e, code=code.en))

    return say


def reasoned(rule: str, zh: str, en: str) -> Callable[[Any], Sentence]:
    """The same, with the event's `reason` in the language of the sentence as `{reason}`."""

    def say(e: Any) -> Sentence:
        reason = in_each_language(e.reason)
        return Sentence(rule, zh.format(e=e, reason=reason.zh), en.format(e=e, reason=reason.en))

    return say


def no_effect(e: ContractCommunicationWithoutEffect | CommunicationWithoutEffect) -> Sentence:
    """A communication that does not count, in either service."""
    act, reason = words(ACTS, e.act), in_each_language(e.reason)
    return Sentence(
        e.rule,
        f"“{act.zh}”已记录但不生效（{e.rule}）：{reason.zh}",
        f"“{act.en}” is recorded without effect ({e.rule}): {reason.en}",
    )
