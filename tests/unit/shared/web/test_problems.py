"""The one table of problems: every kind of error has a status, both languages, and something to do about it."""

from __future__ import annotations

import pytest

from shared.commands.decision import Outcome, Result
from shared.commands.defects import ActNotRecorded
from shared.inbound.errors import NotDecided
from shared.kernel.errors import Forbidden, LedgerError, Refused, Unintelligible
from shared.web import errors
from shared.web.problems import TABLE, kind_of, preferred_language, problem_of


def kinds() -> list[type[LedgerError]]:
    """Every kind of error that the kernel and the edge define."""
    found: list[type[LedgerError]] = [LedgerError]
    for kind in found:
        found += [below for below in kind.__subclasses__() if below.__module__.startswith("shared.")]
    return found


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_has_a_row_a_code_and_titles_in_both_languages(kind: type[LedgerError]) -> None:
    row = next(TABLE[base] for base in kind.__mro__ if base in TABLE)
    assert 400 <= row.status < 600
    assert row.advice_en.endswith((".", "..."))
    assert row.advice_zh.endswith(("。", "）。"))
    assert kind.code.isupper()
    assert kind.title_en.isascii()
    assert not kind.title_zh.isascii()


def test_only_a_defect_of_ours_is_500() -> None:
    defects = {kind for kind in kinds() if kind_of(kind.__new__(kind)).status == 500}
    assert defects == {LedgerError, Unintelligible, NotDecided, ActNotRecorded, errors.Unexpected}


class OrderClosed(Refused):
    """A refusal of a service."""

    code = "ORDER_CLOSED"
    rule = "R-148"
    title_en = "The order is closed"
    title_zh = "订单已关闭"


def test_a_refusal_of_a_service_shows_its_own_code_rule_and_titles() -> None:
    problem = problem_of(OrderClosed("since March", field="order", order="o-1"), status=409, language="en")
    assert (problem.code, problem.rule, problem.title) == ("ORDER_CLOSED", "R-148", "The order is closed")
    assert (problem.field, problem.detail, problem.data) == ("order", "since March", {"order": "o-1"})
    assert problem.type == "urn:qizhang:problem:order-closed"


def test_a_result_that_ended_against_the_caller_shows_the_rule_of_its_outcome_and_its_events() -> None:
    outcome = Outcome(kind="without_effect", code="NOTICE_LATE", rule="R-401", detail="one minute late")
    result = Result(outcome=outcome, stream="item-1", version=4, position=9, event_ids=("e-8", "e-9"))
    problem = problem_of(errors.WithoutEffect(result), status=409, language="zh")
    assert (problem.code, problem.rule, problem.events) == ("NOTICE_LATE", "R-401", ("e-8", "e-9"))
    assert problem.title == "该通知已记录，但不产生效力"


def test_a_rule_that_the_outcome_leaves_open_is_that_of_the_kind() -> None:
    result = Result(outcome=Outcome(kind="without_effect"), stream="item-1", version=4, position=9)
    problem = problem_of(errors.WithoutEffect(result), status=409, language="zh")
    assert (problem.code, problem.rule) == ("WITHOUT_EFFECT", "R-426")


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("zh", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("de,en;q=0.5", "en"),
        ("en;q=0.5, zh;q=0.4", "en"),
        ("en;q=0, *", "zh"),
        ("fr", "zh"),
        ("en;q=high", "zh"),
        (";;,,", "zh"),
    ],
)
def test_the_language_is_what_the_caller_prefers_of_the_two(accept: str, language: str) -> None:
    assert preferred_language(accept) == language


def test_forbidden_names_the_rule_of_visibility() -> None:
    assert problem_of(Forbidden(), status=403, language="en").rule == "R-424"
