"""Reminders and flags of lateness: planned from public events, dropped when their reason ends (R-155, R-195)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from msgspec.structs import replace

from services.notifier.domain.events import NoticePlanned, ReminderCame, ReminderDropped, ReminderPlanned
from services.notifier.domain.planning import OVERDUE_REPEAT
from services.notifier.domain.state import CalendarKnown, ContractNotices, State, contract_of
from services.notifier.domain.texts import deadline_text, escalation_text, moved_text, overdue_text
from services.notifier.service import NOTIFIER
from shared.deadlines.commands import DeadlineElapsed
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant
from shared.periods import CalendarYear, DayException, calendar_of, compute
from shared.public_events.acceptance import Accepted, Escalated, Overdue, OverdueWithdrawn
from shared.public_events.codes import CODES, DEADLINE_KINDS
from shared.public_events.deadlines import DeadlineHasLapsed, DeadlineWasMet, DeadlineWasMoved, DeadlineWasSet
from shared.testing.spec import Spec
from tests.unit.contracts.world import in_force
from tests.unit.contracts.world import signed as contract_signed
from tests.unit.notifier.samples import signed

NATIONAL_DAY = tuple(DayException(date=date(2026, 10, day), kind="statutory_holiday") for day in (1, 2, 3))
CALENDAR = calendar_of("cn", (CalendarYear(year=2026, days=NATIONAL_DAY, source="test"),))
SUBMITTED: Instant = "2026-09-25T02:00:00.000Z"


def review(submitted: Instant = SUBMITTED, kind: str = "review") -> Deadline:
    """A review of five working days of the customer."""
    return Deadline(
        deadline_id="d1",
        contract="C1",
        item="i1",
        kind=kind,
        timer="T-07",
        rule="R-129",
        side="customer",
        legal_effect=True,
        trigger_event="e1",
        derivation=compute(submitted, "5wd", CALENDAR),
    )


@pytest.fixture
def spec() -> Spec[State]:
    """A signed contract whose acceptor is known, at the moment of submission."""
    facts = {"calendar/cn": CalendarKnown(calendar=CALENDAR)}
    return Spec(NOTIFIER, "contract/C1", facts, now=SUBMITTED).given(signed())


def test_a_deadline_is_reminded_of_three_one_and_no_working_days_ahead_at_nine(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance")
    planned = [event.data for event in spec.decision.events if isinstance(event.data, ReminderPlanned)]
    assert [(reminder.days_before, reminder.at) for reminder in planned] == [
        (3, "2026-09-29T01:00:00.000Z"),
        (1, "2026-10-05T01:00:00.000Z"),
        (0, "2026-10-06T01:00:00.000Z"),
    ]


def test_a_deadline_that_comes_before_its_contract_is_reminded_of_all_the_same() -> None:
    facts = {"calendar/cn": CalendarKnown(calendar=CALENDAR)}
    spec: Spec[State] = Spec(NOTIFIER, "contract/C1", facts, now=SUBMITTED)
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").then()
    spec.receive(signed(), "contracts").then_types(ReminderPlanned, ReminderPlanned, ReminderPlanned)


def test_a_deadline_that_comes_before_the_calendar_is_reminded_of_by_an_estimate() -> None:
    facts = {"calendar/cn": NOTIFIER.initial()}
    spec: Spec[State] = Spec(NOTIFIER, "contract/C1", facts, now=SUBMITTED).given(signed())
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance")
    spec.then_types(ReminderPlanned, ReminderPlanned, ReminderPlanned)


def test_a_reminder_whose_time_is_past_is_not_planned(spec: Spec[State]) -> None:
    spec.at("2026-10-05T02:00:00.000Z").receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance")
    assert [event.data.days_before for event in spec.decision.events if isinstance(event.data, ReminderPlanned)] == [0]


def test_a_deadline_that_only_drives_the_ledger_reminds_nobody(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="contracts", deadline=review(kind="change_effect")), "contracts")
    spec.then()


def test_a_reminder_that_came_makes_one_notice_to_the_side_that_has_to_act(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").after()
    reminder = next(iter(spec.state.reminders.values()))  # type: ignore[union-attr]
    spec.at(reminder.at).when(DeadlineElapsed(deadline_id=reminder.reminder, due_at=reminder.at))
    spec.then_types(ReminderCame, NoticePlanned)
    notice = spec.event(NoticePlanned).notice
    assert (notice.side, notice.organisation, notice.recipients) == ("customer", "acme", ("wang",))
    assert "视为验收" in notice.text_zh
    assert "counts as acceptance" in notice.text_en


def test_a_reminder_comes_once(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").after()
    reminder = next(iter(spec.state.reminders.values()))  # type: ignore[union-attr]
    elapsed = DeadlineElapsed(deadline_id=reminder.reminder, due_at=reminder.at)
    spec.at(reminder.at).when(elapsed).after().when(elapsed).then_nothing()


def test_a_met_deadline_drops_its_reminders(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").after()
    met = DeadlineWasMet(owner="acceptance", deadline=review(), reason="met", met_by="e2")
    spec.receive(met, "acceptance").then_types(*[ReminderDropped] * 3)


def test_a_moved_deadline_is_announced_to_both_sides_and_reminded_of_anew(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").after()
    later = review(submitted="2026-09-27T02:00:00.000Z")
    moved = DeadlineWasMoved(
        owner="acceptance",
        deadline=later,
        old_due_at="2026-09-30T16:00:00.000Z",
        reason="calendar_amended",
    )
    spec.receive(moved, "acceptance")
    spec.then_types(*[ReminderDropped] * 3, *[ReminderPlanned] * 3, NoticePlanned, NoticePlanned)


def test_r_155_a_flag_of_lateness_is_repeated_on_every_working_day_until_it_is_withdrawn(spec: Spec[State]) -> None:
    flag = Overdue(contract="C1", item="i1", deadline="d1", kind="review", side="customer")
    spec.at("2026-10-09T16:00:00.000Z").receive(flag, "acceptance").then_types(NoticePlanned, ReminderPlanned)
    spec.after()
    for _ in range(3):
        reminder = next(iter(spec.state.reminders.values()))  # type: ignore[union-attr]
        spec.at(reminder.at).when(DeadlineElapsed(deadline_id=reminder.reminder, due_at=reminder.at))
        spec.then_types(ReminderCame, ReminderPlanned, NoticePlanned).after()
        assert CALENDAR.is_working(date.fromisoformat(reminder.at[:10]))
    withdrawn = OverdueWithdrawn(contract="C1", item="i1", deadline="d1", reason="act received")
    spec.receive(withdrawn, "acceptance").then_types(ReminderDropped)


def test_r_155_the_end_of_a_deadline_that_comes_after_its_flag_does_not_stop_the_repetition(spec: Spec[State]) -> None:
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review()), "acceptance").after()
    flag = Overdue(contract="C1", item="i1", deadline="d1", kind="review", side="customer")
    spec.receive(flag, "acceptance").then_types(NoticePlanned, ReminderPlanned).after()
    lapsed = DeadlineHasLapsed(owner="acceptance", deadline=review(), consequence="overdue")
    spec.receive(lapsed, "acceptance").then_types(*[ReminderDropped] * 3).after()
    (repetition,) = spec.state.reminders.values()  # type: ignore[union-attr]
    assert repetition.days_before == OVERDUE_REPEAT


def test_r_188_an_acceptance_by_silence_is_told_to_both_sides_an_explicit_one_to_nobody(spec: Spec[State]) -> None:
    silent = Accepted(contract="C1", item="i1", basis="silence", rule="R-143", accepted_content=())
    spec.receive(silent, "acceptance").then_types(NoticePlanned, NoticePlanned)
    signed = Accepted(contract="C1", item="i1", basis="explicit", rule="R-141", accepted_content=())
    spec.receive(signed, "acceptance").then()


def test_no_word_of_the_program_is_left_in_a_chinese_notice(spec: Spec[State]) -> None:
    """Planted: the reason `review_overdue` of an escalation, the kind `trial_run_answer` of a deadline."""
    state = contract_of(spec.state)
    texts = [
        escalation_text(state, Escalated(contract="C1", item="i1", to_roles=("acceptor",), reason=reason))
        for reason in CODES
    ]
    for kind in DEADLINE_KINDS:
        deadline = review(kind=kind)
        texts += [deadline_text(state, deadline, days) for days in (0, 3)]
        flag = Overdue(contract="C1", item="i1", deadline="d1", kind=kind, side="customer")
        texts.append(overdue_text(state, flag))
        texts += [moved_text(state, moved(deadline, reason)) for reason in CODES]
    said = [text for title_zh, _, text_zh, _ in texts for text in (title_zh, text_zh)]
    assert not [text for text in said if re.search(r"[a-z]{2,}|[0-9](wd|d|m)\\b", text)]


@pytest.mark.parametrize(
    ("kind", "subject", "zh", "en"),
    [
        ("milestone", "m1", "“前期调研”里程碑期限", "“Preliminary survey”: milestone"),
        ("risk_answer", "R1", "风险通报R1的答复期限", "answer to risk notice R1"),
        ("trial_run_answer", "warranty", "试运行情况答复期限", "answer whether there was a trial run"),
    ],
)
def test_a_notice_about_a_period_of_the_contract_names_what_it_is_about(
    kind: str, subject: str, zh: str, en: str
) -> None:
    """Planted: the name of an item where there is none, which leaves `合同…，：`."""
    state = ContractNotices(terms=in_force(contract_signed("alibaba-25")).terms)
    deadline = replace(review(kind=kind), item="", subject=subject)
    for _, _, text_zh, text_en in (
        deadline_text(state, deadline, 1),
        moved_text(state, moved(deadline, "calendar_amended")),
    ):
        assert f"，{zh}" in text_zh and f", {en}" in text_en
        assert "，：" not in text_zh and ", :" not in text_en


def test_r_204_a_notice_tells_a_date_of_effect_as_a_day() -> None:
    deadline = replace(review(kind="change_effect"), item="", subject="CR-1")
    _, _, text_zh, text_en = moved_text(ContractNotices(), moved(deadline, "calendar_amended"))
    assert "变更CR-1的生效日由北京时间2026-03-02变更为2026-10-07，" in text_zh
    assert "24:00" not in text_zh + text_en


def moved(deadline: Deadline, reason: str) -> DeadlineWasMoved:
    """A move of a deadline that began earlier."""
    return DeadlineWasMoved(owner="acceptance", deadline=deadline, old_due_at="2026-03-01T16:00:00.000Z", reason=reason)
