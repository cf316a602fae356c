"""Two layers (R-153): reports, then what is signed over them; its period runs only while signing is possible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy, Resubmit, WorkDone
from services.acceptance.domain.discrepancies.events import DiscrepanciesRaised
from services.acceptance.domain.escalation.events import OverdueWithdrawn
from services.acceptance.domain.review.errors import ComesAfter
from services.acceptance.domain.review.events import ItemAccepted, ItemSigned, ReviewStarted, ReviewSuspended
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.state import Item
from services.acceptance.domain.submission.commands import NewVersion
from services.acceptance.domain.submission.events import DeliverableSubmitted
from services.acceptance.domain.submission.state import Submitted
from shared.deadlines.model import DeadlineMet, DeadlineSet
from shared.kernel.instants import plus_seconds
from shared.public_events.terms import Terms
from tests.unit.acceptance.profiles import alibaba_14
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    PROVIDER_PM,
    Story,
    alibaba_8,
    file,
    notice,
    signed,
    submission,
)
from tests.unit.acceptance.test_forms import alibaba_29


class TestAlibaba8:
    """Reports first, then the acceptance report that both sides sign (R-153, T-08)."""

    def test_r_153_two_timers_in_sequence(self) -> None:
        story = signed(alibaba_8()).submitted("reports", "kick-off", "survey")
        assert story.running("review", "reports").deadline.legal_effect is False
        story.submitted("report", "acceptance-report", at="2026-03-04T01:00:00.000Z")
        assert story.running("review", "report").due_at == "2026-03-11T16:00:00.000Z"

    def test_r_153_a_report_that_comes_early_waits_for_the_reports(self) -> None:
        story = signed(alibaba_8()).submitted("report", "acceptance-report")
        assert isinstance(story.item("report").phase, Submitted)
        story.submitted("reports", "kick-off")
        story.does(PROVIDER_PM, submission("survey"), "reports")
        story.then_types(DeliverableSubmitted, ReviewStarted, DeadlineSet, ReviewStarted, DeadlineSet)

    def test_r_150_accepted_when_both_signed_effective_at_the_later_signature(self) -> None:
        story = signed(alibaba_8()).submitted("reports", "kick-off", "survey").submitted("report", "acceptance-report")
        story.accepts("report", "signature_both", PROVIDER_PM, "2026-03-03T01:00:00.000Z").then_types(
            ItemSigned
        ).after()
        story.accepts("report", "signature_both", ACCEPTOR, "2026-03-04T01:00:00.000Z").after()
        report, reports = story.item("report").phase, story.item("reports").phase
        assert isinstance(report, Accepted)
        assert isinstance(reports, Accepted)
        assert report.effective_at == reports.effective_at == "2026-03-04T01:00:00.000Z"
        assert not story.contract.running

    def test_r_153_the_customers_signature_on_the_report_confirms_the_reports_at_once(self) -> None:
        story = signed(alibaba_8()).submitted("reports", "kick-off", "survey").submitted("report", "acceptance-report")
        story.accepts("report", "signature_both", ACCEPTOR, "2026-03-03T01:00:00.000Z")
        story.then_types(ItemSigned, ItemAccepted, DeadlineMet).after()
        assert story.item("reports").is_terminal
        assert isinstance(story.item("report").phase, UnderReview)


def corrects(name: str, content: str = "v2", *found: str) -> Resubmit:
    version = NewVersion(deliverable=name, files=(file(name, content),))
    return Resubmit(
        versions=(version,), done=tuple(WorkDone(discrepancy=one, done="已修改") for one in found or ("d1",))
    )


def all_there() -> Story:
    """Alibaba 8, everything submitted on Monday 2 March."""
    return signed(alibaba_8()).submitted("reports", "kick-off", "survey").submitted("report", "acceptance-report")


def objected_to() -> Story:
    """The customer objects to the reports on Tuesday 3 March, while the acceptance report is in review."""
    return all_there().did(ACCEPTOR, notice(), "reports", "2026-03-03T02:00:00.000Z")


class TestSigningIsPossible:
    def test_r_153_a_report_that_comes_while_discrepancies_are_open_waits(self) -> None:
        story = signed(alibaba_8()).submitted("reports", "kick-off", "survey").did(ACCEPTOR, notice(), "reports")
        story.does(PROVIDER_PM, submission("acceptance-report"), "report").then_types(DeliverableSubmitted).after()
        assert isinstance(story.item("report").phase, Submitted)
        assert not story.contract.running
        story.accepts("report", "signature_both", ACCEPTOR).refuses(ComesAfter)

    def test_r_153_an_objection_to_the_reports_ends_the_period_of_the_acceptance_report(self) -> None:
        story = all_there().does(ACCEPTOR, notice(), "reports", "2026-03-03T02:00:00.000Z")
        story.then_types(DiscrepanciesRaised, DeadlineMet, ReviewSuspended, DeadlineMet).after()
        assert not story.contract.running and isinstance(story.item("report").phase, Submitted)
        story.accepts("report", "signature_both", ACCEPTOR).refuses(ComesAfter)

    def test_r_153_a_whole_period_starts_when_signing_is_possible_again(self) -> None:
        story = objected_to().did(PROVIDER_PM, corrects("kick-off"), "reports", "2026-03-10T02:00:00.000Z")
        # Five working days from Tuesday 10 March.
        assert story.running("review", "report").due_at == "2026-03-17T16:00:00.000Z"
        story.accepts("report", "signature_both", ACCEPTOR, "2026-03-11T02:00:00.000Z").after()
        assert story.item("reports").is_terminal

    def test_r_153_a_flag_for_an_act_that_is_not_possible_any_more_goes_down(self) -> None:
        story = all_there()
        story.elapses(story.running("review", "report")).after()
        story.does(ACCEPTOR, notice(), "reports")
        assert story.event(OverdueWithdrawn).reason == "signing_not_possible"
        assert not story.after().item("report").overdue
        assert not [known for known in story.contract.running.values() if known.deadline.item == "report"]

    def test_r_150_the_providers_signature_over_the_same_report_still_counts(self) -> None:
        story = all_there().accepts("report", "signature_both", PROVIDER_PM, "2026-03-02T02:00:00.000Z").after()
        story.did(ACCEPTOR, notice(), "reports", "2026-03-03T02:00:00.000Z")
        story.did(PROVIDER_PM, corrects("kick-off"), "reports", "2026-03-04T02:00:00.000Z")
        story.accepts("report", "signature_both", ACCEPTOR, "2026-03-05T02:00:00.000Z").after()
        assert story.item("report").phase.effective_at == "2026-03-05T02:00:00.000Z"  # type: ignore[union-attr]

    def test_r_153_alibaba_14_waits_for_its_report_in_the_same_way(self) -> None:
        story = signed(alibaba_14()).submitted("advice", "advice-report").submitted("report", "acceptance-report")
        story.did(ACCEPTOR, notice(), "advice")
        assert {known.deadline.kind for known in story.contract.running.values()} == {"response"}
        story.did(PROVIDER_PM, corrects("advice-report"), "advice", "2026-03-10T02:00:00.000Z")
        assert story.running("review", "report").due_at == "2026-03-17T16:00:00.000Z"


# ---- any order of acts ----

LAYERS: dict[str, tuple[Terms, str, tuple[str, ...]]] = {
    "alibaba-8": (alibaba_8(), "reports", ("kick-off", "survey")),
    "alibaba-14": (alibaba_14(), "advice", ("advice-report",)),
    "alibaba-29": (alibaba_29(), "reports", ("survey",)),
}
STEPS = ("submit", "submit report", "object", "correct", "withdraw", "sign report", "provider signs", "ticker")


@given(st.sampled_from(sorted(LAYERS)), st.lists(st.sampled_from(STEPS), max_size=14))
def test_r_153_the_period_of_the_second_layer_runs_exactly_while_signing_is_possible(
    service: str, steps: list[str]
) -> None:
    terms, lower, names = LAYERS[service]
    story = signed(terms)
    for number, step in enumerate(steps):
        story.now = plus_seconds(story.now, 3600.0)
        live = tuple(found.discrepancy_id for found in story.item(lower).live)
        match step:
            case "submit":
                for name in names:
                    _try(story.does(PROVIDER_PM, submission(name), lower))
            case "submit report":
                _try(story.does(PROVIDER_PM, submission("acceptance-report"), "report"))
            case "object":
                _try(story.does(ACCEPTOR, notice(f"第{number}处"), lower))
            case "correct":
                _try(story.does(PROVIDER_PM, corrects(names[0], str(number), *live), lower))
            case "withdraw":
                for name in live:
                    _try(story.does(ACCEPTOR, CloseDiscrepancy(discrepancy=name, how="withdrawn"), lower))
            case "sign report":
                _try(story.accepts("report", "signature_both", ACCEPTOR))
            case "provider signs":
                _try(story.accepts("report", "signature_both", PROVIDER_PM))
            case _ if story.contract.running:
                _try(story.elapses(min(story.contract.running.values(), key=lambda known: known.due_at)))
                _try(story.settled(story.now))
        _check(story.item(lower), story.item("report"), story)


def _try(story: Story) -> None:
    if story.raised is None:
        story.after()


def _check(lower: Item, upper: Item, story: Story) -> None:
    possible = upper.is_complete and (lower.is_terminal or isinstance(lower.phase, UnderReview))
    assert isinstance(upper.phase, UnderReview | Accepted) == possible
    periods = [known for known in story.contract.running.values() if known.deadline.item == "report"]
    if not isinstance(upper.phase, UnderReview):
        assert not periods and not upper.overdue
