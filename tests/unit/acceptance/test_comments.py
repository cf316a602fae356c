"""Comment and rework (A14-A16, R-177): an answer or a corrected version, and silence passes in every round."""

from __future__ import annotations

from datetime import date

import pytest

from services.acceptance.domain.discrepancies.commands import AnswerDiscrepancies, Resubmit, WorkDone
from services.acceptance.domain.discrepancies.events import DiscrepanciesAnswered, Treatment
from services.acceptance.domain.discrepancies.state import DiscrepancyOpen
from services.acceptance.domain.escalation.events import OverdueWithdrawn
from services.acceptance.domain.review.events import ItemAccepted
from services.acceptance.domain.review.state import UnderReview
from services.acceptance.domain.submission.commands import NewVersion
from shared.deadlines.model import DeadlineMet
from tests.unit.acceptance.profiles import commented
from tests.unit.acceptance.samples import ACCEPTOR, PROVIDER_PM, REPLY, Story, file, notice

ITEM = "advice"


def with_comments(*findings: str) -> Story:
    """Comments since Tuesday 3 March; five working days end with Tuesday 10 March."""
    return commented().did(ACCEPTOR, notice(*(findings or ("第三章不完整",))), ITEM, "2026-03-03T02:00:00.000Z")


def answers(*names: str) -> AnswerDiscrepancies:
    day = date(2026, 3, 20)
    return AnswerDiscrepancies(
        treatments=tuple(Treatment(discrepancy=name, treatment="补充", correct_by=day) for name in names)
    )


def corrects(*names: str, content: str = "v2") -> Resubmit:
    version = NewVersion(deliverable="advice-report", files=(file("advice-report", content),))
    return Resubmit(versions=(version,), done=tuple(WorkDone(discrepancy=name, done="已补充") for name in names))


def test_r_177_the_providers_period_is_t_10() -> None:
    deadline = with_comments().running("response").deadline
    assert (deadline.timer, deadline.rule, deadline.side) == ("T-10", "R-177", "provider")
    assert deadline.derivation.due_at == "2026-03-10T16:00:00.000Z"


@pytest.mark.parametrize("body", [answers("d1"), corrects("d1")])
def test_r_177_an_answer_or_a_corrected_version_ends_it(body: AnswerDiscrepancies | Resubmit) -> None:
    story = with_comments().does(PROVIDER_PM, body, ITEM, "2026-03-10T15:00:00.000Z")
    assert story.event(DeadlineMet).deadline.kind == "response"
    story.after()
    assert not [running for running in story.contract.running.values() if running.deadline.kind == "response"]


def test_r_177_an_answer_to_a_part_does_not_end_it_and_the_rest_does() -> None:
    story = with_comments("第三章不完整", "附录缺失").does(PROVIDER_PM, answers("d1"), ITEM)
    story.then_types(DiscrepanciesAnswered).after()
    story.does(PROVIDER_PM, answers("d2"), ITEM).then_types(DiscrepanciesAnswered, DeadlineMet)


def test_r_177_a_late_answer_takes_the_flag_down() -> None:
    story = with_comments().lapses("response")
    assert [flag.kind for flag in story.item(ITEM).overdue] == ["response"]
    story.does(PROVIDER_PM, answers("d1"), ITEM, "2026-03-12T01:00:00.000Z")
    assert story.event(OverdueWithdrawn).reason == "act_came_late"
    assert isinstance(story.after().item(ITEM).phase, DiscrepancyOpen)


def test_r_177_further_comments_after_the_answer_start_the_period_again() -> None:
    story = with_comments().did(PROVIDER_PM, answers("d1"), ITEM, "2026-03-04T02:00:00.000Z")
    story.did(ACCEPTOR, notice("附录缺失"), ITEM, "2026-03-05T02:00:00.000Z")
    assert story.running("response").due_at == "2026-03-12T16:00:00.000Z"


def test_r_192_silence_passes_in_every_round() -> None:
    story = with_comments()
    for number in (2, 3):
        story.did(PROVIDER_PM, corrects(f"d{number - 1}", content=f"v{number}"), ITEM)
        deadline = story.running("re_review").deadline
        assert (deadline.legal_effect, deadline.timer, deadline.rule) == (True, "T-09", "R-177")
        if number == 2:
            story.did(ACCEPTOR, notice("仍不完整"), ITEM)
    assert isinstance(phase := story.item(ITEM).phase, UnderReview) and (phase.round, phase.silence) == (3, True)
    story.elapses(story.running("re_review")).after().settled("2026-06-01T00:00:00.000Z")
    assert story.event(ItemAccepted).basis == "silence"


def test_r_186_a_reply_in_a_re_review_stops_its_silence_too() -> None:
    story = with_comments().did(PROVIDER_PM, corrects("d1"), ITEM)
    story.did(ACCEPTOR, REPLY, ITEM)
    assert not story.contract.running
    assert isinstance(phase := story.item(ITEM).phase, UnderReview) and not phase.silence
