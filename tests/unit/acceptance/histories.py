"""Histories in which every private event of acceptance occurs; the golden files were taken from them."""

from __future__ import annotations

from functools import cache

from services.acceptance.domain.discrepancies.commands import CloseDiscrepancy
from services.acceptance.domain.discussion.commands import ConcludeDiscussion
from services.acceptance.domain.items.commands import RequestChangeOfAccepted
from services.acceptance.domain.settlement.events import InvoiceReversed
from shared.messages.events import Event
from shared.public_events.contracts import ChangeDecided
from tests.unit.acceptance import rounds
from tests.unit.acceptance import test_authority as authority
from tests.unit.acceptance import test_discussion_held as discussion_held
from tests.unit.acceptance import test_lateness_and_use as lateness
from tests.unit.acceptance import test_layers as layers
from tests.unit.acceptance import test_moving as moving
from tests.unit.acceptance import test_reactions as reactions
from tests.unit.acceptance import test_settlement as settlement
from tests.unit.acceptance import test_silence as silence
from tests.unit.acceptance.profiles import solved
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    CONTRACT,
    CUSTOMER,
    CUSTOMER_DIRECTOR,
    CUSTOMER_PM,
    PROVIDER,
    PROVIDER_DIRECTOR,
    PROVIDER_PM,
    REPLY,
    Story,
    alibaba_25,
    notice,
)

ITEM = rounds.ITEM


@cache
def histories() -> tuple[Story, ...]:
    """Contracts that between them lived through everything."""
    return (
        _silent_with_late_notice(),
        _taken_out_after_third_round(),
        _escalation_withdrawn(),
        _overdue_and_escalated(),
        _used_and_cared_for(),
        _re_planned(),
        _reviewed_again(),
        _moved(),
        discussion_held.held().did(CUSTOMER_PM, discussion_held.MATTER, ITEM),
        solved().lapses("closing"),
        layers.objected_to().did(PROVIDER_PM, layers.corrects("kick-off"), "reports"),
        settlement.published(settlement.provisionally_due()).after(),
    )


def private_events() -> list[Event]:
    """Every private event of the histories, in order."""
    return [recorded.data for story in histories() for recorded in story.history]


def _silent_with_late_notice() -> Story:
    story = silence.held(silence.report()).did(ACCEPTOR, notice(), ITEM, silence.LATE).settled(silence.LATE).after()
    return story.did(CUSTOMER_PM, REPLY, ITEM).did(ACCEPTOR, RequestChangeOfAccepted(reason="增加指标"), ITEM)


def _taken_out_after_third_round() -> Story:
    story = rounds.discussed()
    for manager in (CUSTOMER_PM, PROVIDER_PM):
        story.did(manager, rounds.rework("d1"), ITEM)
    story.did(PROVIDER_PM, rounds.resubmits("d1", content="v3"), ITEM)
    story.receive(ChangeDecided(contract=CONTRACT, change="CR-1", decision="approved")).after()
    story.did(ACCEPTOR, notice("还是反压", again="d1"), ITEM)
    out = ConcludeDiscussion(result="take_out", change="CR-1")
    for director in (CUSTOMER_DIRECTOR, PROVIDER_DIRECTOR):
        story.did(director, out, ITEM)
    return story


def _escalation_withdrawn() -> Story:
    story = rounds.objected("反压").lapses("response")
    story.did(PROVIDER_PM, rounds.answers("d1"), ITEM, "2026-03-13T01:00:00.000Z")
    return story.did(ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), ITEM)


def _overdue_and_escalated() -> Story:
    story = lateness.overdue()
    story.elapses(min(story.contract.running.values(), key=lambda running: running.due_at)).after()
    return story.accepts("reports", "signature").after()


def _used_and_cared_for() -> Story:
    story = lateness.trial_run(lateness.phase_confirmed())
    story.did(PROVIDER_PM, lateness.use("2026-03-07T08:00:00.000Z"), ITEM, "2026-03-09T01:00:00.000Z")
    return story.lapses("after_care_end")


def _re_planned() -> Story:
    story = settlement.accepted_tuning()
    applied = settlement.re_plan(story, settlement.lines(phase_1="35000.00"))
    story.receive(applied).after().receive(applied).after()
    first = settlement.requests(story)[0]
    reversal = InvoiceReversed(
        contract=CONTRACT,
        request_id=first.request_id,
        seller=PROVIDER,
        buyer=CUSTOMER,
        line="phase-4",
        generation=0,
        reason="更正",
    )
    return story.given(("settlement-C1", reversal))


def _reviewed_again() -> Story:
    story = silence.report().did(ACCEPTOR, notice(), ITEM, "2026-03-04T02:00:00.000Z")
    story.at("2026-03-04T01:00:00.000Z").receive(authority.revoked()).after()
    return story.did(COLLEAGUE, notice("外行意见"), ITEM)


def _moved() -> Story:
    before, after = moving.labour_day_2019()
    story = silence.report(before, at="2019-04-25T01:00:00.000Z")
    story.recomputes(story.running("review"), after).after()
    terms = alibaba_25(version=2)
    return story.receive(reactions.amended(reactions.with_review_period(terms, "7wd"))).after()
