"""Payment lines: requested exactly once (R-222, R-442, R-445, R-446), re-planned as a whole (R-440, R-444)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.acceptance.deadline_rows import rows_of
from services.acceptance.domain.settlement.amount_words import amount_in_words_zh
from services.acceptance.domain.settlement.events import (
    InvoiceDueDateSet,
    InvoiceRequested,
    InvoiceReversed,
    RePlanApplied,
    RePlanRefused,
)
from services.acceptance.projections.finance import apply_finance, finance_keys
from services.acceptance.publishing import invoice_request, to_public
from shared.deadlines.commands import RecomputeDeadline
from shared.kernel.ids import derived_id
from shared.public_events import invoicing as public
from shared.public_events.contracts import RePlan, RePlanSent
from shared.public_events.terms import PaymentCondition, PaymentLine, PriceRow
from shared.testing.spec import TENANT
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CONTRACT,
    CUSTOMER,
    PROVIDER,
    PROVIDER_PM,
    Story,
    alibaba_8,
    alibaba_25,
    facts,
    line,
    notice,
    signed,
)
from tests.unit.acceptance.test_moving import year_2027


def requests(story: Story) -> list[InvoiceRequested]:
    return [event.data for event in story.history if isinstance(event.data, InvoiceRequested)]


def accepted_tuning() -> Story:
    return signed(alibaba_25()).submitted("tuning", "tuning-report").accepts("tuning", "signature").after()


def provisionally_due() -> Story:
    """Accepted on Friday 18 December 2026, payable within ten working days."""
    story = signed(alibaba_25(), at="2026-12-18T01:00:00.000Z").submitted("tuning", "tuning-report")
    return story.accepts("tuning", "signature").after()


def published(story: Story) -> Story:
    """The calendar of 2027 is known, with New Year's Day off."""
    story.facts = facts(year_2027())
    return story.when(RecomputeDeadline(deadline_id=requests(story)[0].request_id))


def test_r_445_a_line_that_waits_for_the_signing_is_requested_at_once() -> None:
    (request,) = requests(signed(alibaba_8()))
    assert (request.line.line_id, request.basis, request.items) == ("advance", ("signing",), ())


def test_r_222_a_line_is_due_when_all_its_items_are_accepted() -> None:
    story = signed(alibaba_8()).submitted("reports", "kick-off", "survey").submitted("report", "acceptance-report")
    story.accepts("reports", "signature", at="2026-03-03T01:00:00.000Z").after()
    assert [request.line.line_id for request in requests(story)] == ["advance"]
    story.accepts("report", "signature_both", at="2026-03-04T01:00:00.000Z").after()
    story.accepts("report", "signature_both", PROVIDER_PM, "2026-03-05T01:00:00.000Z").after()
    request = requests(story)[-1]
    assert [item.item for item in request.items] == ["reports", "report"]
    assert story.history[-1].effective_at == "2026-03-05T01:00:00.000Z"


def test_r_446_a_request_says_everything_that_finance_needs() -> None:
    request = requests(accepted_tuning())[0]
    assert request.request_id == derived_id(TENANT, CONTRACT, "phase-4", "0")
    assert (request.seller, request.buyer) == (PROVIDER, CUSTOMER)
    assert (request.line.amount, request.net, request.tax) == (
        Decimal("70000.00"),
        Decimal("66037.74"),
        Decimal("3962.26"),
    )
    assert request.amount_in_words_zh == "人民币柒万元整"
    assert request.basis == ("explicit",)
    (item,) = request.items
    assert (item.item, item.content[0].deliverable, item.content[0].version) == ("tuning", "tuning-report", 1)
    # Ten working days from Monday 2 March.
    assert request.pay_by == date(2026, 3, 16)


class TestProvisionalDueDates:
    """Ten working days from Friday 18 December 2026 reach into a year that is not published (R-403, R-446)."""

    def test_r_446_a_due_date_beyond_the_calendar_is_marked(self) -> None:
        request = requests(provisionally_due())[0]
        assert request.pay_by == date(2027, 1, 1)
        assert request.pay_by_derivation is not None
        shown = invoice_request(request)
        assert (shown.provisional, shown.pay_by_derivation) == (True, request.pay_by_derivation)
        assert invoice_request(requests(accepted_tuning())[0]).provisional is False

    def test_r_446_the_year_completes_it_by_an_event_of_its_own(self) -> None:
        story = published(provisionally_due()).then_types(InvoiceDueDateSet)
        (row,) = rows_of(story.after().history[-1])
        assert row.status == "closed"
        (message,) = to_public(story.state, story.history[-1])
        assert isinstance(message.data, public.InvoiceDueDateSet)
        assert (message.data.pay_by, message.data.old_pay_by) == (date(2027, 1, 4), date(2027, 1, 1))
        assert message.data.provisional is False and message.data.TOPIC == public.INVOICING_TOPIC
        published(story).then_nothing()

    def test_r_446_only_a_provisional_date_has_a_row_and_its_reversal_ends_it(self) -> None:
        provisional, firm = (
            next(event for event in story.history if isinstance(event.data, InvoiceRequested))
            for story in (provisionally_due(), accepted_tuning())
        )
        (row,) = rows_of(provisional)
        assert (row.status, row.provisional) == ("armed", True)
        assert row.deadline_id == requests(provisionally_due())[0].request_id
        assert rows_of(firm) == ()
        story = provisionally_due().given(("settlement-C1", reversal(requests(provisionally_due())[0])))
        assert [row.status for row in rows_of(story.history[-1])] == ["closed"]
        published(story).then_nothing()

    def test_r_446_finance_reads_the_date_after_its_request(self) -> None:
        story = published(provisionally_due()).after()
        entries = [apply_finance(None, key, event) for event in story.history for key in finance_keys(event)]
        assert [entry.kind for entry in entries if entry] == ["requested", "due_date_set"]


def reversal(request: InvoiceRequested) -> InvoiceReversed:
    """What takes a request back."""
    return InvoiceReversed(
        contract=CONTRACT,
        request_id=request.request_id,
        seller=PROVIDER,
        buyer=CUSTOMER,
        line=request.line.line_id,
        generation=request.generation,
        reason="更正",
    )


def test_r_446_the_accepted_items_are_cited_by_the_event_that_accepted_them() -> None:
    story = accepted_tuning()
    accepted = next(event for event in story.history if event.type == "acceptance.item_accepted.v1")
    assert requests(story)[0].items[0].event_id == accepted.event_id


def test_r_442_a_second_ground_for_a_requested_line_makes_nothing() -> None:
    story = accepted_tuning()
    story.receive(re_plan(story, lines=lines())).after()
    assert len([request for request in requests(story) if request.line.line_id == "phase-4"]) == 1


def test_r_442_after_a_reversal_the_line_is_requested_under_the_next_generation() -> None:
    story = accepted_tuning()
    first = requests(story)[0]
    story.given(("settlement-C1", reversal(first))).receive(re_plan(story, lines=lines())).after()
    again = requests(story)[-1]
    assert (again.generation, again.request_id) == (1, derived_id(TENANT, CONTRACT, "phase-4", "1"))


def lines(**changed: str) -> tuple[PaymentLine, ...]:
    """The payment plan of `alibaba_25` with other amounts."""
    return tuple(
        replace(known, amount=Decimal(changed.get(known.line_id.replace("-", "_"), known.amount)))
        for known in alibaba_25().payment_lines
    )


def re_plan(
    story: Story, lines: tuple[PaymentLine, ...], *, version: int = 1, total: str = "", sheet: str = ""
) -> RePlanSent:
    price = Decimal(total) if total else sum((known.amount for known in lines), Decimal(0))
    row_price = Decimal(sheet) if sheet else price
    row = PriceRow(name_zh="服务", list_price=row_price, discount=Decimal(1), price=row_price)
    plan = RePlan(drawn_on_price_version=version, price_rows=(row,), price_total=price, payment_lines=lines)
    return RePlanSent(contract=CONTRACT, change="CR-1", effective_on=date(2026, 3, 20), re_plan=plan)


class TestRePlan:
    def test_r_444_open_lines_take_the_difference_and_the_price_version_counts_up(self) -> None:
        story = accepted_tuning().receive(re_plan(accepted_tuning(), lines(phase_1="35000.00")))
        story.then_types(RePlanApplied)
        applied = story.event(RePlanApplied)
        assert (applied.price_version, applied.price_total) == (2, Decimal("115000.00"))

    def test_r_204_contracts_and_the_settlement_use_the_same_instant(self) -> None:
        """Not 00:00 of a day on which the last signature was received at ten."""
        story = accepted_tuning().at("2026-03-20T02:00:00.000Z")
        story.receive(re_plan(story, lines(phase_1="35000.00"))).then_types(RePlanApplied)
        assert {event.effective_at for event in story.decision.events} == {"2026-03-20T02:00:00.000Z"}

    def test_r_444_a_requested_line_is_immutable(self) -> None:
        story = accepted_tuning().receive(re_plan(accepted_tuning(), lines(phase_4="80000.00")))
        story.then_types(RePlanRefused)
        assert story.event(RePlanRefused).rule == "R-444"
        without = tuple(known for known in lines() if known.line_id != "phase-4")
        accepted_tuning().receive(re_plan(accepted_tuning(), without)).then_types(RePlanRefused)

    def test_r_444_a_plan_drawn_on_an_older_price_version_is_refused(self) -> None:
        story = accepted_tuning().receive(re_plan(accepted_tuning(), lines(phase_1="35000.00"))).after()
        story.receive(re_plan(story, lines(phase_1="36000.00"))).then_types(RePlanRefused)
        assert story.event(RePlanRefused).price_version == 2
        story.after().receive(re_plan(story, lines(phase_1="36000.00"), version=2)).then_types(RePlanApplied)

    def test_r_444_a_request_that_comes_first_wins_the_race_and_the_other_way_round(self) -> None:
        raised = lines(phase_4="80000.00")
        story = signed(alibaba_25()).submitted("tuning", "tuning-report").receive(re_plan(accepted_tuning(), raised))
        story.then_types(RePlanApplied).after().accepts("tuning", "signature").after()
        assert requests(story)[-1].line.amount == Decimal("80000.00")
        assert requests(story)[-1].price_version == 2

    def test_r_440_the_lines_add_up_to_the_price_and_so_does_the_sheet(self) -> None:
        for sent in (
            re_plan(accepted_tuning(), lines(), total="100000.01"),
            re_plan(accepted_tuning(), lines(), sheet="99999.00"),
            re_plan(accepted_tuning(), (*lines(), line("phase-4", "70000.00", "tuning", pay_within="10wd"))),
        ):
            story = accepted_tuning().receive(sent).then_types(RePlanRefused)
            assert story.event(RePlanRefused).rule == "R-440"

    def test_r_222_a_line_without_a_condition_is_refused(self) -> None:
        story = accepted_tuning().receive(re_plan(accepted_tuning(), (*lines(), line("extra", "1.00"))))
        assert story.event(RePlanRefused).rule == "R-222"

    def test_a_new_line_on_an_accepted_item_is_requested_when_the_change_is_in_effect(self) -> None:
        extra = line("extra", "5000.00", "tuning")
        story = accepted_tuning().at("2026-03-19T16:00:00.000Z")
        story.receive(re_plan(story, (*lines(), extra))).then_types(RePlanApplied, InvoiceRequested)
        assert story.decision.events[1].effective_at == "2026-03-19T16:00:00.000Z"

    def test_r_444_a_refused_plan_changes_nothing(self) -> None:
        story = accepted_tuning()
        before = story.contract.settlement
        story.receive(re_plan(story, lines(), version=7)).after()
        assert story.contract.settlement == before


def test_an_open_discrepancy_holds_the_payment() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    assert not requests(story.did(ACCEPTOR, notice(), "tuning"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.50", "人民币伍角整"),
        ("1409.50", "人民币壹仟肆佰零玖元伍角整"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("20000005", "人民币贰仟万零伍元整"),
        ("100010001.01", "人民币壹亿零壹万零壹元零壹分"),
        ("12345600000000", "人民币壹拾贰万叁仟肆佰伍拾陆亿元整"),
    ],
)
def test_r_440_amounts_in_words_follow_the_prc_convention(amount: str, words: str) -> None:
    assert amount_in_words_zh(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000000"])
def test_r_440_what_has_no_words_is_an_error(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount in words"):
        amount_in_words_zh(Decimal(amount))


@pytest.mark.parametrize(
    ("currency", "words"),
    [("USD", "美元壹拾元伍角整"), ("EUR", "欧元壹拾元伍角整"), ("HKD", "港元壹拾元伍角整"), ("XPF", "XPF壹拾元伍角整")],
)
def test_r_440_another_currency_is_named_as_invoices_name_it(currency: str, words: str) -> None:
    assert amount_in_words_zh(Decimal("10.50"), currency) == words


def test_r_440_nobody_is_asked_for_nothing() -> None:
    free = line("free", "0.00", conditions=(PaymentCondition(kind="signing"),))
    paid = line("paid", "100.00", conditions=(PaymentCondition(kind="signing"),))
    story = signed(alibaba_25(payment_lines=(free, paid)))
    assert [request.line.line_id for request in requests(story)] == ["paid"]
    again = replace(free, line_id="free-2")
    story = accepted_tuning().receive(re_plan(accepted_tuning(), (*lines(), again)))
    assert (story.event(RePlanRefused).rule, "free-2" in story.event(RePlanRefused).reason) == ("R-440", True)
