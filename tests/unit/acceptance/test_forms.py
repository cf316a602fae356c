"""Forms of acceptance (R-150): who acts in which form, and whether one is enough or all are needed."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from services.acceptance.answers import ItemDetail, detail
from services.acceptance.domain.communications.events import CommunicationWithoutEffect
from services.acceptance.domain.discrepancies.commands import Resubmit, WorkDone
from services.acceptance.domain.errors import ActForOtherSide
from services.acceptance.domain.items.state import Planned
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.review.events import ItemAccepted, ItemSigned
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.submission.commands import NewVersion
from services.acceptance.projections.items import ItemDocument
from services.acceptance.publishing import to_public
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant, plus_seconds
from shared.messages import canonical
from shared.public_events.acceptance import CommunicationRecorded, MissingForm
from shared.public_events.terms import ItemTerm, Terms
from shared.testing.spec import START
from tests.unit.acceptance.profiles import alibaba_10
from tests.unit.acceptance.samples import (
    ACCEPTANCE_REPORT,
    ACCEPTOR,
    COLLEAGUE,
    CUSTOMER_PM,
    ENGINEER,
    PROVIDER_PM,
    REPORTS,
    Story,
    deliverable,
    file,
    line,
    notice,
    signed,
    terms,
)

DESIGN = ItemTerm(
    item_id="design",
    name_zh="容器化方案设计与验证完成",
    layer="milestone",
    profile="A-ONLINE-NO-TIMER",
    deliverables=("plan",),
    forms=("signature", "online_button"),
    forms_needed="all",
)
BOTH_AND_ONLINE = replace(ACCEPTANCE_REPORT, forms=("signature_both", "online_confirmation"), forms_needed="all")
FIRST, SECOND, THIRD = (f"2026-03-0{day}T01:00:00.000Z" for day in (3, 4, 5))


def alibaba_11() -> Terms:
    """A design that the acceptor signs and confirms by the button (C-30)."""
    return terms((DESIGN,), (deliverable("plan"),))


def alibaba_29(**changes: object) -> Terms:
    """An acceptance report that both sides sign and the customer confirms online as well."""
    reports = replace(REPORTS, deliverables=("survey",))
    lines = (line("reports", "40000.00", "reports"), line("final", "60000.00", "report"))
    deliverables = (deliverable("survey"), deliverable("acceptance-report"))
    return terms((reports, BOTH_AND_ONLINE), deliverables, payment_lines=lines, **changes)


def design() -> Story:
    return signed(alibaba_11()).submitted("design", "plan")


def reported() -> Story:
    return signed(alibaba_29()).submitted("reports", "survey").submitted("report", "acceptance-report")


def shown(story: Story, name: str) -> ItemDetail:
    return detail(ItemDocument(item=story.item(name), organisations=(), version=1, changed_at=story.now))


class TestAlibaba11:
    @pytest.mark.parametrize("order", [("signature", "online_button"), ("online_button", "signature")])
    def test_r_150_signature_and_button_accept_at_the_later_of_the_two(self, order: tuple[str, str]) -> None:
        story = design().accepts("design", order[0], at=FIRST).then_types(ItemSigned).after()
        assert isinstance(story.item("design").phase, UnderReview)
        story.accepts("design", order[1], at=SECOND).then_types(ItemSigned, ItemAccepted, InvoiceRequested)
        accepted = story.event(ItemAccepted)
        assert (accepted.forms, accepted.form, len(accepted.signatures)) == (order, order[1], 2)
        assert story.after().item("design").phase.effective_at == SECOND  # type: ignore[union-attr]

    def test_r_150_the_first_act_is_shown_with_what_is_missing(self) -> None:
        story = design()
        assert [need.forms for need in shown(story, "design").forms_missing] == [("signature",), ("online_button",)]
        story.accepts("design", "signature", at=FIRST).after()
        card = shown(story, "design")
        assert [act.form for act in card.forms_given] == ["signature"]
        assert [(need.side, need.forms) for need in card.forms_missing] == [("customer", ("online_button",))]
        (message,) = to_public(story.state, story.history[-1])
        assert isinstance(message.data, CommunicationRecorded)
        assert (message.data.form, message.data.forms_missing) == (
            "signature",
            (MissingForm(side="customer", form="online_button"),),
        )

    def test_r_421_the_same_act_again_changes_nothing_and_completes_nothing(self) -> None:
        design().accepts("design", "online_button").after().accepts("design", "online_button").then_nothing()

    @pytest.mark.parametrize("actor", [CUSTOMER_PM, COLLEAGUE])
    def test_r_072_the_other_form_by_somebody_else_does_not_complete_it(self, actor: Actor) -> None:
        story = design().accepts("design", "signature", at=FIRST).after()
        story.accepts("design", "online_button", actor, SECOND).conditional("R-427").after()
        story.settled(SECOND)
        assert story.decision.final_answers[0].outcome.rule == "R-426"
        assert isinstance(story.after().item("design").phase, UnderReview)

    def test_r_423_the_provider_gives_neither(self) -> None:
        for form in DESIGN.forms:
            design().accepts("design", form, PROVIDER_PM).refuses(ActForOtherSide)

    def test_r_425_what_was_signed_before_a_correction_is_signed_again(self) -> None:
        story = design().accepts("design", "signature", at=FIRST).after().did(ACCEPTOR, notice(), "design", SECOND)
        version = NewVersion(deliverable="plan", files=(file("plan", "better"),))
        done = Resubmit(versions=(version,), done=(WorkDone(discrepancy="d1", done="已修改"),))
        story.did(PROVIDER_PM, done, "design", THIRD)
        story.accepts("design", "online_button", at=THIRD).then_types(ItemSigned).after()
        assert [need.forms for need in shown(story, "design").forms_missing] == [("signature",)]


class TestAlibaba29:
    def test_r_150_both_signatures_without_the_online_confirmation_accept_nothing(self) -> None:
        story = reported().accepts("report", "signature_both", PROVIDER_PM, FIRST).after()
        story.accepts("report", "signature_both", ACCEPTOR, SECOND).after()
        assert isinstance(story.item("report").phase, UnderReview)
        assert [need.forms for need in shown(story, "report").forms_missing] == [("online_confirmation",)]
        story.accepts("report", "online_confirmation", ACCEPTOR, THIRD).after()
        assert story.item("report").phase.effective_at == THIRD  # type: ignore[union-attr]

    def test_r_426_the_providers_online_confirmation_is_recorded_and_counts_for_nothing(self) -> None:
        story = reported().accepts("report", "online_confirmation", PROVIDER_PM, FIRST).without_effect("R-150")
        story.after().accepts("report", "online_confirmation", ACCEPTOR, SECOND).after()
        needs = [(need.side, need.forms) for need in shown(story, "report").forms_missing]
        assert needs == [("customer", ("signature_both",)), ("provider", ("signature_both",))]

    def test_r_153_a_click_does_not_confirm_the_reports_but_the_signature_does(self) -> None:
        story = reported().accepts("report", "online_confirmation", ACCEPTOR, FIRST).after()
        assert isinstance(story.item("reports").phase, UnderReview)
        story.accepts("report", "signature_both", ACCEPTOR, SECOND).after()
        assert isinstance(story.item("reports").phase, Accepted)


def test_r_314_a_pack_is_complete_by_time_and_a_click_on_it_accepts_nothing() -> None:
    story = signed(alibaba_10()).accepts("pack.2", "online_confirmation", at=FIRST).without_effect("R-314")
    story.then_types(CommunicationWithoutEffect).after()
    assert isinstance(story.item("pack.2").phase, Planned)


def test_r_150_an_e_mail_is_a_written_confirmation() -> None:
    story = signed(alibaba_29()).submitted("reports", "survey")
    body = AcceptItem(form="email", content_sha256=story.item("reports").content_sha256)
    assert story.does(ACCEPTOR, body, "reports").event(ItemAccepted).form == "written"


def test_r_425_terms_without_all_forms_needed_keep_the_hash_that_they_had() -> None:
    assert b"forms_needed" not in canonical.encode(ACCEPTANCE_REPORT)
    assert b'"forms_needed":"all"' in canonical.encode(DESIGN)


# ---- any profile, any order ----

PEOPLE = (ACCEPTOR, CUSTOMER_PM, COLLEAGUE, PROVIDER_PM, ENGINEER)
AGREED = ("signature", "signature_both", "written", "online_button", "online_confirmation", "seal")


@st.composite
def item_terms(draw: st.DrawFn) -> ItemTerm:
    """An item of any forms, of which one or all are needed, by one side or both."""
    agreed = tuple(draw(st.lists(st.sampled_from(AGREED), min_size=1, max_size=3, unique=True)))
    acceptor: Literal["acceptor", "both_sides", "both_pms"] = draw(
        st.sampled_from(["acceptor", "both_sides", "both_pms"])
    )
    needs_all = len(agreed) > 1 and draw(st.booleans())
    term = replace(DESIGN, forms=agreed, acceptor=acceptor)
    return term if needs_all else replace(term, forms_needed=UNSET)


acts = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(AGREED), st.booleans()), max_size=14)


@pytest.mark.rule("R-312", "R-321")
@given(item_terms(), acts)
def test_r_150_accepted_exactly_when_the_last_needed_act_by_the_right_person_over_the_content_is_there(
    term: ItemTerm, tried: list[tuple[Actor, str, bool]]
) -> None:
    """Whatever is tried in whatever order: what counts is counted by hand, from the rule, beside the ledger."""
    managers = term.acceptor == "both_pms"
    counts = {("customer", CUSTOMER_PM if managers else ACCEPTOR)}
    if term.acceptor != "acceptor":
        counts.add(("provider", PROVIDER_PM))
    only_online = all(form.startswith("online") for form in term.forms)
    needed: dict[tuple[str, str], Instant | None] = {}
    for side, _ in counts:
        mine = [form for form in term.forms if side == "customer" or only_online or not form.startswith("online")]
        for form in mine if term.forms_needed == "all" else [", ".join(mine)]:
            needed[side, form] = None
    story = (
        signed(terms((term,), (deliverable("plan"),))).submitted("design", "plan").settled("2027-01-01T00:00:00.000Z")
    )
    story.after()
    for number, (actor, form, right_content) in enumerate(tried):
        at = plus_seconds(START, 60.0 * (number + 1))
        content = story.item("design").content_sha256 if right_content else "0" * 64
        story.does(actor, AcceptItem(form=form, content_sha256=content), "design", at)  # type: ignore[arg-type]
        if story.raised is None:
            story.after()
        for (side, wanted), since in needed.items():
            if since is None and (side, actor) in counts and right_content and form in wanted.split(", "):
                needed[side, wanted] = at
        phase = story.item("design").phase
        complete = all(since is not None for since in needed.values())
        assert isinstance(phase, Accepted) == complete
        if isinstance(phase, Accepted):
            assert phase.effective_at == max(since for since in needed.values() if since is not None)
            assert len([event for event in story.history if isinstance(event.data, InvoiceRequested)]) == 1
            return
