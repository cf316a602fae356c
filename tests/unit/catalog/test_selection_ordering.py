"""Application, lead time and what comes before the start (R-050..R-062)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.catalog.loading import load_all
from shared.catalogue.selection.ordering import LEAD_TIME_RULES, NO_LEAD_TIME, lead_time_rule
from tests.unit.catalog.selections import CALENDAR, fields, select, start_of, violated, want, warned

# Monday 21 September 2026; the Mid-Autumn Festival and the National Day block follow.
APPLIED = "2026-09-21"
TEN_DAYS = [f"alibaba-{n}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 18, 19, 20, 21, 22, 28)]
FIFTEEN_DAYS = [f"alibaba-{n}" for n in (10, 11, 23, 24, 26, 27, 29)]
NO_DAYS = [f"alibaba-{n}" for n in (6, 14, 15, 16, 17, 25)] + [f"kingdee-3.{n}" for n in range(1, 20)]


def counted(service: str, applied_on: str = APPLIED) -> tuple[str, int]:
    """The rule of the start of a service, and the working days that were counted."""
    start = start_of(select(want(service), applied_on=applied_on))
    return start.rule, sum(day.counted for day in start.days)


@pytest.mark.parametrize("service", TEN_DAYS)
def test_r_050_ten_working_days_ahead(service: str) -> None:
    assert counted(service) == ("R-050", 10)


@pytest.mark.parametrize("service", FIFTEEN_DAYS)
def test_r_051_fifteen_working_days_ahead(service: str) -> None:
    assert counted(service) == ("R-051", 15)


@pytest.mark.parametrize("service", [*NO_DAYS, "shopex-1", "shopex-2", "shopex-3"])
def test_r_052_no_lead_time_is_stated(service: str) -> None:
    start = start_of(select(want(service), applied_on=APPLIED))
    assert (start.rule, start.earliest_start, start.days) == (NO_LEAD_TIME, date(2026, 9, 21), ())


def test_r_050_r_051_r_052_every_service_is_under_one_of_them() -> None:
    for service in load_all().services:
        ruled = [rule for rule, services in LEAD_TIME_RULES.items() if service.id in services]
        assert (service.lead_time is not None) == (len(ruled) == 1)


def test_r_050_a_service_that_the_rule_book_does_not_list_falls_under_the_general_rule() -> None:
    assert lead_time_rule("alibaba-99") == "R-050"


def test_r_050_the_first_start_is_the_day_whose_tenth_working_day_before_it_is_the_application() -> None:
    start = start_of(select(want("alibaba-1"), applied_on="2026-03-02"))
    assert start.earliest_start == date(2026, 3, 16)
    assert [day.date for day in start.days if day.n == 10] == [date(2026, 3, 2)]
    assert start.latest_application_on == date(2026, 3, 2)


def test_r_007_the_latest_day_of_application_may_lie_after_an_application_on_a_rest_day() -> None:
    start = start_of(select(want("alibaba-1"), applied_on="2026-02-28"))
    assert start.latest_application_on is not None
    assert start.latest_application_on == next(day.date for day in start.days if day.n == 10) >= date(2026, 2, 28)


@pytest.mark.parametrize(("service", "days"), [("alibaba-11", 15), ("alibaba-12", 10), ("alibaba-13", 10)])
def test_r_053_of_two_lead_times_the_stricter_wins(service: str, days: int) -> None:
    """Working days are never fewer than the same number of calendar days, the other statement of the chapter."""
    for offset in range(60):
        applied_on = date(2026, 1, 5) + timedelta(days=offset)
        earliest = start_of(select(want(service), applied_on=applied_on.isoformat())).earliest_start
        assert earliest >= applied_on + timedelta(days=days)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 10, 18, 19, 20, 23, 26])
def test_r_054_bulk_resources_are_recommended_a_month_ahead(number: int) -> None:
    days: dict[str, Any] = {"applied_on": "2026-03-02", "bulk_resources": True, "start_agreed": True}
    service = want(f"alibaba-{number}")
    assert "R-054" in warned(select(service, **days, start_on="2026-04-01"))
    assert "R-054" not in violated(select(service, **days, start_on="2026-04-01"))
    assert "R-054" not in warned(select(service, **days, start_on="2026-04-02"))
    assert "R-054" not in warned(select(service, applied_on="2026-03-02", start_on="2026-03-20"))


def test_r_054_the_earliest_start_of_bulk_resources_is_a_working_day() -> None:
    days = {"applied_on": "2026-01-20", "bulk_resources": True, "start_agreed": True}
    (told,) = [finding for finding in select(want("alibaba-1"), **days).warnings if finding.rule == "R-054"]
    # 20 February lies in the Spring Festival of 2026, which ends with the 23rd.
    assert "2026-02-24" in told.text_en and "2026-02-24" in told.text_zh
    assert "R-054" in warned(select(want("alibaba-1"), **days, start_on="2026-02-23"))
    assert "R-054" not in warned(select(want("alibaba-1"), **days, start_on="2026-02-24"))


def test_r_054_the_warning_tells_from_which_day_bulk_resources_can_be_there() -> None:
    days = {"applied_on": "2026-03-02", "bulk_resources": True}
    (told,) = [finding for finding in select(want("alibaba-1"), **days).warnings if finding.rule == "R-054"]
    assert "months: 1, so from 2026-04-02" in told.text_en
    assert "提前1个月申请（2026-04-02 起）" in told.text_zh


def test_r_012_a_day_of_a_year_that_is_not_published_is_told_as_provisional() -> None:
    """The calendar ends with 2026: bulk resources from 1 January 2027, and a start after ten working days."""
    days = {"applied_on": "2026-12-01", "bulk_resources": True, "start_on": "2026-12-31"}
    (told,) = [finding for finding in select(want("alibaba-1"), **days).warnings if finding.rule == "R-054"]
    assert "（2027-01-01 起，暂定）" in told.text_zh and "from 2027-01-01 (provisional)" in told.text_en
    early = select(want("alibaba-1"), applied_on="2026-12-28", start_on="2026-12-31")
    assert all("（暂定）" in finding.text_zh and "(provisional)" in finding.text_en for finding in early.violations)
    assert early.violations


def test_r_062_a_service_without_a_lead_time_starts_on_the_day_of_the_application_at_the_earliest() -> None:
    early = select(want("alibaba-6"), applied_on=APPLIED, start_on="2026-09-18")
    assert violated(early) == {"R-052", "R-062"}
    assert all("申请当日" in finding.text_zh for finding in early.violations)


@pytest.mark.parametrize("number", [10, 23, 26, 29])
def test_r_055_the_service_is_established_only_after_the_review(number: int) -> None:
    service = want(f"alibaba-{number}")
    assert "R-055" in warned(select(service))
    assert "R-055" not in warned(select({**service, "review": "accepted"}))


@pytest.mark.parametrize("service", ["alibaba-1", "alibaba-10"])
def test_r_055_what_the_provider_declined_is_refused(service: str) -> None:
    declined = select({**want(service), "review": "declined"})
    assert fields(declined, "R-055") == ["services[0].review"]


@pytest.mark.parametrize("number", [2, 11, 12, 13])
@pytest.mark.parametrize("field", ["signed_on", "paid_on"])
def test_r_056_the_contract_is_signed_and_paid_before_the_work(number: int, field: str) -> None:
    service, start = want(f"alibaba-{number}"), {"start_on": "2026-11-02"}
    assert "R-056" in warned(select(service, **start))
    assert fields(select(service, **start, **{field: "2026-11-03"}), "R-056") == [field]
    in_time = select(service, **start, signed_on="2026-11-02", paid_on="2026-11-02")
    assert "R-056" not in violated(in_time) | warned(in_time)


def visit(**booking: str) -> dict[str, Any]:
    """Alibaba 7 with an expert on site on Thursday 12 November 2026; fields of the booking can be set otherwise."""
    booked = {"option": "on-site-expert", "requested_on": "2026-11-10", "day": "2026-11-12", **booking}
    return {**want("alibaba-7", "remote-5x8"), "options": {"on-site-expert": "1"}, "bookings": [booked]}


def test_r_057_an_expert_on_site_is_requested_two_working_days_ahead() -> None:
    assert select(visit()).valid
    assert fields(select(visit(requested_on="2026-11-11")), "R-057") == ["services[0].bookings[0].requested_on"]
    assert select(visit(requested_on="2026-11-12", day="2026-11-16")).valid
    assert not select(visit(requested_on="2026-11-13", day="2026-11-16")).valid


@pytest.mark.parametrize(
    ("hours", "is_valid"),
    [("09:00-17:00", True), ("10:00-12:00", True), ("08:59-12:00", False), ("16:00-17:01", False)],
)
def test_r_057_the_visit_lies_between_nine_and_five(hours: str, is_valid: bool) -> None:
    selection = select(visit(hours=hours))
    assert fields(selection, "R-057") == ([] if is_valid else ["services[0].bookings[0].hours"])


def test_r_057_the_visit_is_on_a_working_day_adjusted_weekends_included() -> None:
    assert fields(select(visit(requested_on="2026-11-02", day="2026-11-14")), "R-057") == [
        "services[0].bookings[0].day"
    ]
    adjusted = date(2026, 10, 10)
    assert adjusted.isoweekday() == 6 and CALENDAR.is_working(adjusted)
    assert select(visit(requested_on="2026-09-24", day=adjusted.isoformat())).valid


def test_r_057_an_option_without_a_booked_day_is_told_to_be_requested_ahead() -> None:
    assert "R-057" in warned(select({**want("alibaba-7", "remote-5x8"), "options": {"on-site-expert": "1"}}))
    assert "R-057" not in warned(select(want("alibaba-7", "remote-5x8")))


@pytest.mark.parametrize("service", ["shopex-1", "shopex-2", "shopex-3"])
def test_r_058_the_proposal_comes_within_five_working_days_of_the_assessment(service: str) -> None:
    assessed = {"assessed_on": "2026-11-02"}
    (told,) = [finding for finding in select(want(service)).warnings if finding.field == "proposed_on"]
    assert "within 5 working days after the assessment" in told.text_en and "评估后5个工作日内" in told.text_zh
    assert "R-058" not in violated(select(want(service), **assessed, proposed_on="2026-11-09"))
    late = select(want(service), **assessed, proposed_on="2026-11-10")
    assert fields(late, "R-058") == ["proposed_on"]
    assert fields(select(want(service), **assessed, proposed_on="2026-10-30"), "R-058") == ["proposed_on"]


def test_r_058_the_agreement_follows_the_proposal_and_comes_before_the_start() -> None:
    days = {"assessed_on": "2026-11-02", "proposed_on": "2026-11-05", "start_on": "2026-11-12"}
    assert select(want("shopex-1"), **days, signed_on="2026-11-10").valid
    assert fields(select(want("shopex-1"), **days, signed_on="2026-11-04"), "R-058") == ["signed_on"]
    assert fields(select(want("shopex-1"), **days, signed_on="2026-11-13"), "R-058") == ["signed_on"]


@pytest.mark.parametrize("number", [17, 19, 20, 22])
def test_r_059_full_disclosure_is_told_and_cannot_be_violated_by_a_selection(number: int) -> None:
    selection = select(want(f"alibaba-{number}"), applied_on=APPLIED)
    assert "R-059" in warned(selection)
    assert "R-059" not in violated(selection)


def test_r_060_packing_and_storage_are_prepared_before_the_application() -> None:
    service = {**want("alibaba-21"), "conditions": ["storage-report"]}
    assert "R-060" in warned(select(want("alibaba-21"), applied_on=APPLIED))
    assert fields(select(service, applied_on=APPLIED), "R-060") == ["services[0].prepared"]
    prepared = {**service, "prepared": {"packing-and-storage": APPLIED}}
    assert select(prepared, applied_on=APPLIED).valid
    assert "R-060" in violated(select(prepared, applied_on="2026-09-18"))


def test_r_061_nothing_is_refunded_and_that_is_told_before_the_payment() -> None:
    assert "R-061" in warned(select(want("alibaba-17")))
    assert "R-061" not in violated(select(want("alibaba-17")))


def test_r_062_an_early_start_needs_the_consent_of_the_provider() -> None:
    days = {"applied_on": APPLIED, "start_on": "2026-09-25"}
    refused = select(want("alibaba-1"), **days)
    assert violated(refused) == {"R-050", "R-062"} and fields(refused, "R-062") == ["start_on"]
    early = next(finding for finding in refused.violations if finding.rule == "R-062")
    assert "earliest start on 2026-10-12 (10 working days after the application)" in early.text_en
    assert "早于最早可开始日 2026-10-12（申请后10个工作日）" in early.text_zh
    agreed = select(want("alibaba-1"), **days, start_agreed=True)
    assert agreed.valid and "R-062" in warned(agreed)
    earliest = agreed.earliest_start
    assert earliest is not None and select(want("alibaba-1"), applied_on=APPLIED, start_on=earliest).valid


def test_r_062_the_services_of_a_selection_start_when_the_last_of_them_can() -> None:
    selection = select(want("alibaba-1"), want("alibaba-24", "growth"), applied_on=APPLIED)
    starts = [item.start.earliest_start for item in selection.items if item.start]
    assert selection.earliest_start == max(starts) and len(set(starts)) == 2
