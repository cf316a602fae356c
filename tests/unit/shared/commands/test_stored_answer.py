"""Answers are stored and given again just as they were (R-420)."""

from __future__ import annotations

import pytest

from shared.commands.decision import Outcome, Result
from shared.commands.stored_answer import StoredAnswer, answer_again, decode_answer, encode_answer, refused
from shared.kernel.errors import (
    Forbidden,
    InvalidRequest,
    LedgerError,
    NotArrivedYet,
    NotFound,
    Refused,
    RequestTooOld,
    StoreUnavailable,
    Unauthenticated,
    Unseen,
    VersionConflict,
)
from tests.support.toy_service import OverTheLimit

SHOWN = ("code", "rule", "title_en", "title_zh", "detail", "field", "data")


def test_r_420_a_result_is_given_again() -> None:
    result = Result(outcome=Outcome(data={"item": "i1"}), stream="s", version=3, position=9, event_ids=("e",))
    assert answer_again(decode_answer(encode_answer(StoredAnswer(result=result)))) == result


@pytest.mark.parametrize("kind", [Refused, NotFound, VersionConflict, OverTheLimit])
def test_r_420_a_refusal_is_raised_again_just_as_it_was(kind: type[LedgerError]) -> None:
    error = kind("数额超限", field="amount", limit="5")
    answer = refused(error, "s", 3)
    assert answer is not None
    stored = encode_answer(answer)
    with pytest.raises(LedgerError) as caught:
        answer_again(decode_answer(stored))
    again = caught.value
    assert [getattr(again, name) for name in SHOWN] == [getattr(error, name) for name in SHOWN]
    assert (str(again), isinstance(again, kind.__mro__[1] if kind is OverTheLimit else kind)) == (str(error), True)
    repeated = refused(again, "s", 3)
    assert repeated is not None
    assert encode_answer(repeated) == stored


@pytest.mark.parametrize("kind", [InvalidRequest, Unauthenticated, RequestTooOld, StoreUnavailable, NotArrivedYet])
def test_what_was_not_decided_is_not_stored(kind: type[LedgerError]) -> None:
    assert refused(kind(), "s", 0) is None


@pytest.mark.parametrize("kind", [Unseen, Forbidden])
def test_r_424_what_a_stranger_is_told_is_not_stored(kind: type[LedgerError]) -> None:
    assert refused(kind(), "s", 0) is None


def test_what_was_stored_about_a_stranger_before_is_read_for_ever() -> None:
    stored = (
        b'{"refusal":{"kind":"forbidden","title_en":"No","title_zh":"\xe4\xb8\x8d"},"result":{"event_ids":[],"outcome":'
        b'{"code":"NOT_A_PARTY","kind":"refused"},"position":0,"stream":"s","version":3}}'
    )
    with pytest.raises(Forbidden, match="No"):
        answer_again(decode_answer(stored))
