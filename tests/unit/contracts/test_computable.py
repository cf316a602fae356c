"""What is agreed can be carried out: every period, cut-off, day and amount is computed when it is taken in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.contracts.domain.changes.commands import RequestChange, ShiftBody, SignChange, SignSupplement
from services.contracts.domain.changes.terms import supplement_sha256
from services.contracts.domain.computable import check_terms
from services.contracts.domain.drafting.commands import DraftContract
from services.contracts.domain.drafting.errors import ParameterNotOpen
from services.contracts.domain.schedule.commands import AgreeExtension, ProposeExtension
from services.contracts.domain.schedule.errors import DateNotPossible
from services.contracts.domain.state import Draft, State
from shared.kernel.errors import InvalidRequest, LedgerError
from shared.kernel.instants import plus_seconds
from shared.kernel.money import MoneyNotPossible
from shared.messages import canonical
from shared.periods import (
    CalendarYear,
    DayException,
    PeriodError,
    WorkCalendar,
    check_plausible_year,
    compute,
    end_day,
    extend,
    fixed_days,
    merge,
    recompute,
    runs_until,
)
from shared.public_events.terms import Terms
from shared.testing.spec import Spec
from shared.web.bodies import decode_body
from tests.unit.acceptance import samples
from tests.unit.contracts.world import (
    C_MANAGER,
    C_OWNER,
    C_SIGNATORY,
    LINES,
    P_MANAGER,
    P_OWNER,
    P_SIGNATORY,
    PHASES,
    change_form,
    draft,
    elapsed,
    empty,
    in_force,
    line,
    re_plan,
    signature,
    signed,
)

DRAFT = msgspec.json.Decoder(DraftContract)
FORM = msgspec.json.Decoder(RequestChange)


def over_http(decoder: msgspec.json.Decoder[Any], body: Any) -> Any:
    """The body as it comes through the door."""
    return decode_body(canonical.encode(body), decoder)[0]


def paid_within(period: str) -> Any:
    """The lines of Alibaba 1 with a term of payment."""
    first, rest = LINES["alibaba-1"]
    return (first, replace(rest, pay_within=period))


@pytest.mark.parametrize("period", ["-10wd", "8h", "30min", "10pack", "30d\n", "30 d", "", "99999d\n"])
def test_a_term_of_payment_of_another_kind_is_refused_at_the_door(period: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        over_http(DRAFT, draft(payment_lines=paid_within(period)))
    assert refused.value.field == "/payment_lines/1/pay_within"


@pytest.mark.parametrize("period", ["12y", "99999d", "3000wd", "3661d", "999w"])
def test_a_term_of_payment_that_cannot_be_counted_is_refused_when_it_is_drafted(period: str) -> None:
    body = over_http(DRAFT, draft(payment_lines=paid_within(period)))
    empty().when(body, actor=P_MANAGER).refuses(PeriodError, "/payment_lines/1/pay_within")


@pytest.mark.parametrize("cutoff", ["00:00", "24:01", "18:00\n", "8:00", "25:00"])
def test_a_cutoff_that_ends_no_day_is_refused_at_the_door(cutoff: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        over_http(DRAFT, draft(cutoff=cutoff))
    assert refused.value.field == "/cutoff"


@pytest.mark.parametrize(
    ("service", "parameter", "period"),
    [
        ("alibaba-1", "delivery.review_period", "3000wd"),
        ("alibaba-25", "tuning-report.response_period", "3000wd"),
        ("alibaba-25", "tuning-report.re_review_period", "11y"),
        ("alibaba-25", "tuning-report.discussion_period", "600w"),
        ("alibaba-25", "warranty.period", "99999d"),
        ("alibaba-8", "m1.offset", "4000d"),
    ],
)
def test_a_period_that_cannot_be_counted_is_refused_when_it_is_drafted(
    service: str, parameter: str, period: str
) -> None:
    body = over_http(DRAFT, draft(service, parameters={parameter: period}))
    empty().when(body, actor=P_MANAGER).refuses(PeriodError, f"/parameters/{parameter}")


# In `0d` nobody can act: the day on which a period starts is not counted.
@pytest.mark.parametrize("period", ["-5wd", "8h", "5pack", "5wd\n", "0wd", "five", "0d", "0d!"])
def test_a_period_of_another_kind_is_no_value_of_a_parameter(period: str) -> None:
    body = draft("alibaba-1", parameters={"delivery.review_period": period})
    empty().when(body, actor=P_MANAGER).refuses(ParameterNotOpen, "/parameters/delivery.review_period")


@pytest.mark.parametrize(("period", "agreed"), [("2m", "2m!"), ("45d", "45d!"), ("1y!", "1y!")])
def test_r_011_the_length_of_a_warranty_is_never_rolled(period: str, agreed: str) -> None:
    spec = empty().when(draft("alibaba-25", parameters={"warranty.period": period}), actor=P_MANAGER).after()
    assert isinstance(spec.state, Draft)
    assert spec.state.terms.after_care[0].period == agreed


def test_r_011_a_warranty_is_not_counted_in_working_days() -> None:
    body = draft("alibaba-25", parameters={"warranty.period": "20wd"})
    empty().when(body, actor=P_MANAGER).refuses(ParameterNotOpen, "/parameters/warranty.period")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "ZZZ"}, "/currency"),
        ({"tax_rate": "1.9"}, "/tax_rate"),
        ({"tax_rate": "1"}, "/tax_rate"),
        ({"price_total": "100000.001"}, "/price_total"),
        ({"price_total": "1e5"}, "/price_total"),
        ({"name": " \u3000"}, "/name"),
        ({"name": "HT\u0007"}, "/name"),
        ({"number": "HT\u202e1"}, "/number"),
        ({"number": "\x1b[31mHT"}, "/number"),
    ],
)
def test_r_440_what_no_contract_can_say_is_refused_at_the_door(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        over_http(DRAFT, draft(**changes))
    assert refused.value.field == field


def test_r_440_nothing_is_requested_for_nothing_and_no_discount_raises_a_price() -> None:
    first, rest = LINES["alibaba-1"]
    rows = draft().price_rows
    for changes, field in (
        ({"payment_lines": (replace(first, amount="0.00"), rest)}, "/payment_lines/0/amount"),
        ({"price_rows": (replace(rows[0], discount="1.5"),)}, "/price_rows/0/discount"),
        ({"price_rows": (replace(rows[0], discount="0"),)}, "/price_rows/0/discount"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            over_http(DRAFT, draft(**changes))
        assert (refused.value.field, refused.value.rule) == (field, "R-440")


def test_r_440_yen_have_no_places() -> None:
    row = replace(draft().price_rows[0], list_price="100.55", discount="1", price="100.55")
    lines = (line("all", "100.55", ("signing", "")),)
    body = draft(currency="JPY", price_rows=(row,), price_total="100.55", payment_lines=lines)
    empty().when(body, actor=P_MANAGER).refuses(MoneyNotPossible, "/price_rows/0/list_price")


def test_r_440_a_discount_on_yen_is_rounded_to_yen() -> None:
    row = replace(draft().price_rows[0], list_price="1001", discount="0.95", price="951")
    lines = (line("all", "951", ("signing", "")),)
    body = draft(currency="JPY", price_rows=(row,), price_total="951", payment_lines=lines)
    assert empty().when(body, actor=P_MANAGER).decision.events


# ---- change forms and extensions ----


@pytest.mark.parametrize("planned_on", [date(9999, 12, 31), date(2200, 1, 1), date(1991, 1, 1)])
def test_a_day_beyond_the_horizon_is_refused_at_the_door(planned_on: date) -> None:
    with pytest.raises(InvalidRequest) as refused:
        over_http(FORM, change_form(milestone_shifts=(ShiftBody(milestone="m5", planned_on=planned_on),)))
    assert refused.value.field == "/milestone_shifts/0/planned_on"


@pytest.mark.parametrize("planned_on", [date(2199, 12, 31), date(2036, 1, 1), date(2025, 9, 24)])
def test_a_milestone_is_not_moved_where_it_cannot_be_counted(planned_on: date) -> None:
    form = change_form(milestone_shifts=(ShiftBody(milestone="m5", planned_on=planned_on),))
    signed("alibaba-8").when(form, actor=P_MANAGER).refuses(DateNotPossible, "/milestone_shifts/0/planned_on")


def test_a_term_of_payment_in_a_change_of_price_is_counted_when_the_form_is_submitted() -> None:
    late = replace(line("rest", "50000.00", ("item_accepted", "delivery")), pay_within="12y")
    form = change_form(cost_impact="降价", re_plan=re_plan("50000.00", late))
    signed().when(form, actor=P_MANAGER).refuses(PeriodError, "/re_plan/payment_lines/0/pay_within")


def test_r_114_extensions_of_an_item_are_counted_together() -> None:
    spec = signed("alibaba-1")
    first = ProposeExtension(extension="E1", cause="上游延期", cause_side="customer", days=2000, items=("delivery",))
    second = replace(first, extension="E2")
    spec.when(first, actor=P_MANAGER).after().when(second, actor=P_MANAGER).after()
    for name in ("E1", "E2"):
        sha256 = in_force(spec).extensions[name].proposal.content_sha256
        agree = AgreeExtension(extension=name, signature=signature(sha256))
        spec.when(agree, actor=C_MANAGER)
        if name == "E1":
            spec.after()
    spec.refuses(PeriodError, "/days")
    spec.when(replace(first, extension="E3"), actor=P_MANAGER).refuses(PeriodError, "/days")


# ---- whatever is taken in ----

# Mostly what can be agreed, up to the longest of each unit; now and then what cannot.
LONGEST = ["3660d", "2600wd", "522w", "120m", "40q", "10y", "3660d!", "119m!", "0d", "0d!"]
USUAL = st.builds("{}{}".format, st.integers(1, 60), st.sampled_from(["wd", "d", "w", "m", "d!", "m!"]))
NEVER = ["-5wd", "30d\n", "8h", "30min", "5pack", "12y", "99999d", "3000wd", "3661d", "0wd"]
PERIODS = st.one_of(USUAL, USUAL, st.sampled_from(LONGEST), st.sampled_from(LONGEST), st.sampled_from(NEVER + LONGEST))
CUTOFFS = st.sampled_from(["24:00", "18:00", "00:01", "23:59", "12:00", "00:00"])
AMOUNTS = st.sampled_from(["25000.00", "1", "2499999999999", "1.00", "25000.00", "0.01"])
NAMES = ("review_period", "response_period", "re_review_period", "discussion_period")
NO_YEAR_MORE = empty().facts["calendar/cn"].calendar


@st.composite
def drafts(draw: st.DrawFn) -> DraftContract:
    """A draft of Alibaba 25 with periods, cut-off, amounts and currency as somebody might write them."""
    names = [*(f"tuning-report.{name}" for name in NAMES), "warranty.period", "m2.offset"]
    parameters = draw(st.dictionaries(st.sampled_from(names), PERIODS, max_size=3))
    currency = draw(st.sampled_from(["CNY", "CNY", "USD", "KWD", "JPY", "ZZZ"]))
    amounts = [draw(AMOUNTS) for _ in PHASES]
    total = str(sum(map(Decimal, amounts)))
    lines = tuple(
        replace(line(f"l-{name}", amount, ("item_accepted", name)), pay_within=draw(st.none() | USUAL | PERIODS))
        for name, amount in zip(PHASES, amounts, strict=True)
    )
    row = replace(draft().price_rows[0], list_price=total, discount="1", price=total)
    return draft(
        "alibaba-25",
        parameters=parameters,
        cutoff=draw(CUTOFFS),
        currency=currency,
        tax_rate=draw(st.sampled_from(["0", "0.06", "0.13", "0.999999", "1"])),
        price_rows=(row,),
        price_total=total,
        payment_lines=lines,
    )


@st.composite
def years(draw: st.DrawFn) -> WorkCalendar:
    """The shipped calendar and the years after it as they may be published: festivals, and other rest days."""
    calendar = NO_YEAR_MORE
    for number in range(2027, 2027 + draw(st.integers(0, 3))):
        rest = draw(st.sets(st.dates(date(number, 2, 1), date(number, 9, 30)), max_size=14))
        days = tuple(DayException(date=day, kind="statutory_holiday") for day in sorted({*fixed_days(number), *rest}))
        year = CalendarYear(year=number, days=days, source="test")
        check_plausible_year("cn", year)
        calendar = merge(calendar, year)
    return calendar


def taken_in(body: DraftContract) -> Terms | None:
    """The terms of a draft that the door and the decision take; None where either refuses by name."""
    try:
        spec = empty().when(over_http(DRAFT, body), actor=P_MANAGER)
    except LedgerError:
        return None
    if spec.raised is not None:
        return None
    spec.after()
    assert isinstance(spec.state, Draft)
    return spec.state.terms


@given(body=drafts(), later=years(), start=st.dates(date(2025, 9, 26), date(2050, 1, 1)), days=st.integers(1, 1000))
@settings(deadline=None, max_examples=150)
def test_property_whatever_is_taken_in_is_computed_whenever_it_starts(
    body: DraftContract, later: WorkCalendar, start: date, days: int
) -> None:
    terms = taken_in(body)
    if terms is None:
        return
    for item in terms.items:
        for period in filter(None, (getattr(item, name) for name in NAMES)):
            running = compute(start, period, NO_YEAR_MORE, terms.cutoff)
            moved = recompute(extend(running, days, NO_YEAR_MORE), later)
            assert end_day(moved) >= start
    for care in terms.after_care:
        assert runs_until(start, care.period, later).due_at.endswith("16:00:00.000Z")
    for payment in terms.payment_lines:
        if payment.pay_within is not None:
            assert end_day(compute(start, payment.pay_within, later, terms.cutoff)) >= start


@given(body=drafts(), later=years(), wait=st.integers(0, 4000))
@settings(deadline=None, max_examples=60)
def test_property_acceptance_carries_out_whatever_was_signed(
    body: DraftContract, later: WorkCalendar, wait: int
) -> None:
    """Signed, submitted, objected to, confirmed by both: each step computes what the terms say."""
    terms = taken_in(body)
    if terms is None:
        return
    story = samples.signed(terms, later)
    report = next(item for item in terms.items if item.item_id == "tuning-report")
    story.now = plus_seconds(story.now, wait * 86_400)
    for phase in PHASES[:3]:
        story.accepts(phase, "joint_confirmation", samples.CUSTOMER_PM).after()
        story.accepts(phase, "joint_confirmation", samples.PROVIDER_PM).after()
    story.submitted("tuning-report", *report.deliverables)
    story.did(samples.ACCEPTOR, samples.notice(), "tuning-report")
    assert story.running("response", "tuning-report").due_at > story.now


@given(
    period=PERIODS,
    planned_on=st.dates(date(2020, 1, 1), date(2199, 12, 31)) | st.dates(date(2025, 9, 25), date(2026, 12, 31)),
    effect_on=st.dates(date(2025, 10, 10), date(2199, 12, 31)) | st.dates(date(2025, 10, 10), date(2026, 12, 31)),
    waived=st.booleans(),
)
@settings(deadline=None, max_examples=80)
def test_property_a_change_that_is_taken_in_takes_effect(
    period: str, planned_on: date, effect_on: date, waived: bool
) -> None:
    """Signed by both sides, it comes into effect at its date, or is sent to the settlement with what it says."""
    spec = signed("alibaba-8")
    paid = replace(line("all", "50000.00", ("item_accepted", "acceptance-report")), pay_within=period)
    shifts = (ShiftBody(milestone="m5", planned_on=planned_on),)
    for name, form in (
        ("CR1", change_form(milestone_shifts=shifts, planned_effect_on=effect_on, notice_waived=waived)),
        ("CR2", change_form(change="CR2", cost_impact="降价", re_plan=re_plan("50000.00", paid))),
    ):
        if not is_requested(spec, form):
            continue
        sha256 = in_force(spec).changes[name].content_sha256
        sign = SignChange(change=name, signature=signature(sha256))
        spec.when(sign, actor=P_OWNER).after().when(sign, actor=C_OWNER).after()
        if name == "CR2":
            sha256 = supplement_sha256(in_force(spec).changes[name].form)
            supplement = SignSupplement(change=name, signature=signature(sha256))
            spec.when(supplement, actor=P_SIGNATORY).after().when(supplement, actor=C_SIGNATORY).after()
        if not in_force(spec).changes[name].provisional:
            elapsed(spec, "change_effect", name).after()
            assert in_force(spec).changes[name].status in ("in_effect", "sent")


def is_requested(spec: Spec[State], form: RequestChange) -> bool:
    """Whether the door and the decision take a form; each refuses by name."""
    try:
        spec.when(over_http(FORM, form), actor=P_MANAGER)
    except LedgerError:
        return False
    if spec.raised is not None:
        return False
    spec.after()
    return True


PERIOD_NAMES = ("period", "offset", "within")


def stated_periods(part: msgspec.Struct) -> set[str]:
    """The fields of a part of the terms that by their name hold a period."""
    return {name for name in part.__struct_fields__ if name.endswith(PERIOD_NAMES)}


def test_no_period_of_the_terms_is_computed_for_the_first_time_by_a_reaction() -> None:
    """A field that somebody adds to the terms is counted at the door, or this fails."""
    spec = empty().when(draft("alibaba-25"), actor=P_MANAGER).after()
    assert isinstance(spec.state, Draft)
    terms = spec.state.terms
    found = []
    for group in ("items", "milestones", "after_care", "payment_lines"):
        first, *others = getattr(terms, group)
        for name in sorted(stated_periods(first)):
            broken = replace(terms, **{group: (replace(first, **{name: "99999d"}), *others)})
            with pytest.raises(PeriodError) as refused:
                check_terms(broken, date(2026, 1, 5), NO_YEAR_MORE)
            found.append(refused.value.field.replace("/", ".").rpartition(".")[2])
    assert found == [
        "agreement_period",
        "discussion_period", "re_review_period", "response_period", "review_period", "offset", "period", "pay_within",
    ]  # fmt: skip
