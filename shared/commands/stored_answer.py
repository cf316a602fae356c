"""The stored answer to an idempotency key: a result, or a refusal that is raised again just as it was (R-420).

In: a `Result` or the error that a decider raised; out: canonical bytes, and back. A repeat of a refused command
raises an error of the same kind with the same code, rule, titles and data, so the answer is the same byte for byte.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from shared.commands.command import Asked
from shared.commands.decision import Outcome, Result
from shared.kernel.errors import Forbidden, LedgerError, NotFound, Refused, Unseen, VersionConflict
from shared.kernel.instants import Instant
from shared.messages import canonical

# Decided under the lock, from the state: these are answers. Everything else that is raised stores nothing.
STORED_KINDS: dict[str, type[LedgerError]] = {
    "refused": Refused,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "version_conflict": VersionConflict,
}

# What a caller is told who has nothing to do with the matter. It follows from who he is, so a repeat is told the same
# without a row, and a stranger stores nothing.
UNSTORED: tuple[type[LedgerError], ...] = (Unseen, Forbidden)


class Refusal(Struct, frozen=True, kw_only=True):
    """What a refusal shows besides its outcome: its kind and the titles in both languages."""

    kind: str
    title_en: str
    title_zh: str


class StoredAnswer(Struct, frozen=True, kw_only=True):
    """An answer as it is stored; `refusal` is None unless an error was raised, `asked` unless a topic brought it.

    With `received_at` it is none yet: a defect of ours kept the act, received then, from being decided.
    """

    result: Result
    refusal: Refusal | None = None
    asked: Asked | None = None
    received_at: Instant | None = None


DEFECT_CODE = "UNEXPECTED"

_DECODER = msgspec.json.Decoder(StoredAnswer)


def undecided(received_at: Instant, stream: str, asked: Asked | None) -> StoredAnswer:
    """What stands under the key of an act that a defect of ours kept from being decided."""
    outcome = Outcome(kind="refused", code=DEFECT_CODE)
    return StoredAnswer(
        result=Result(outcome=outcome, stream=stream, version=0, position=0), asked=asked, received_at=received_at
    )


def stores(error: LedgerError) -> bool:
    """Whether a refusal stands under its key for ever."""
    return isinstance(error, tuple(STORED_KINDS.values())) and not isinstance(error, UNSTORED)


def encode_answer(answer: StoredAnswer) -> bytes:
    """The stored bytes."""
    return canonical.encode(answer)


def decode_answer(data: bytes) -> StoredAnswer:
    """The answer behind stored bytes."""
    return _DECODER.decode(data)


def refused(error: LedgerError, stream: str, version: int, asked: Asked | None = None) -> StoredAnswer | None:
    """The answer that stores `error`, raised on a stream at a version; None when errors of its kind store nothing."""
    if not stores(error):
        return None
    kind = next(name for name, base in STORED_KINDS.items() if isinstance(error, base))
    outcome = Outcome(
        kind="refused",
        code=error.code,
        rule=error.rule,
        field=error.field,
        detail=error.detail,
        data=error.data,
    )
    return StoredAnswer(
        result=Result(outcome=outcome, stream=stream, version=version, position=0),
        refusal=Refusal(kind=kind, title_en=error.title_en, title_zh=error.title_zh),
        asked=asked,
    )


def answer_again(answer: StoredAnswer) -> Result:
    """Return the stored result, or raise the stored refusal."""
    if answer.refusal is None:
        return answer.result
    outcome = answer.result.outcome
    base = STORED_KINDS[answer.refusal.kind]
    restored: type[LedgerError] = type(
        base.__name__,
        (base,),
        {
            "code": outcome.code,
            "rule": outcome.rule,
            "title_en": answer.refusal.title_en,
            "title_zh": answer.refusal.title_zh,
        },
    )
    again = restored(outcome.detail, field=outcome.field)
    again.data = outcome.data
    raise again
