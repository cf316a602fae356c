"""Properties over many histories: R-401 (receipt decides), R-148 (the end is the end), R-442 (one request)."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.acceptance.domain.commands import ActBody
from services.acceptance.domain.discrepancies.commands import (
    AgreeTreatment,
    AnswerDiscrepancies,
    CloseDiscrepancy,
    Resubmit,
    StartRework,
    WorkDone,
)
from services.acceptance.domain.discrepancies.events import Treatment
from services.acceptance.domain.discussion.commands import ConcludeDiscussion, EscalateItem, RecordDiscussion
from services.acceptance.domain.review.commands import AcceptItem
from services.acceptance.domain.settlement.events import InvoiceRequested
from services.acceptance.domain.submission.commands import NewVersion
from services.acceptance.domain.use.commands import RecordTrialRun, RecordUse
from shared.kernel.actors import Actor
from shared.kernel.instants import Instant, beijing_date, plus_seconds
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    CUSTOMER_DIRECTOR,
    CUSTOMER_PM,
    PROVIDER_DIRECTOR,
    PROVIDER_PM,
    REPLY,
    Story,
    alibaba_25,
    file,
    notice,
    signed,
    submission,
)

DUE: Instant = "2026-03-09T16:00:00.000Z"
HOLD, ANSWER = "hold", "answer"

acts = st.sampled_from(
    [
        (ACCEPTOR, notice("反压")),
        (CUSTOMER_PM, notice("延迟")),
        (COLLEAGUE, notice("外行意见")),
        (COLLEAGUE, REPLY),
        (PROVIDER_PM, REPLY),
    ]
)
# Seconds from the due instant; the bound itself is among them.
moments = st.sampled_from([-7200.0, -60.0, -0.001, 0.0, 0.001, 60.0, 7200.0])


@st.composite
def schedules(draw: st.DrawFn) -> list[tuple[Actor, ActBody, float]]:
    """Acts with different instants of receipt."""
    chosen = draw(st.lists(st.tuples(acts, moments), max_size=5, unique_by=lambda chosen: chosen[1]))
    return sorted([(actor, body, moment) for (actor, body), moment in chosen], key=lambda act: act[2])


def outcome_of(order: list[object]) -> tuple[object, ...]:
    """What a history comes to: the phase, the discrepancies, and the last answer under every key."""
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    running = story.running("review")
    answers: dict[str, str] = {}
    for step in order:
        if step == HOLD:
            story.elapses(running, at=plus_seconds(DUE, 90))
        elif step == ANSWER:
            story.settled(plus_seconds(DUE, 7200))
        else:
            actor, body, moment = step  # type: ignore[misc]
            story.does(actor, body, "tuning", plus_seconds(DUE, moment))
            answers[f"{moment}"] = story.decision.outcome.kind
        settled = {answer.key: answer.outcome.kind for answer in story.decision.final_answers}
        keys = {waiting.key: waiting.received_at for waiting in story.contract.waiting}
        for key, kind in settled.items():
            answers[_moment(keys[key])] = kind
        story.after()
    item = story.item("tuning")
    phase = replace(item.phase, event_id="") if item.is_terminal else type(item.phase).__name__
    found = sorted(discrepancy.finding for discrepancy in item.discrepancies.values())
    assert not story.contract.waiting
    return phase, found, sorted(answers.items())


def _moment(received_at: Instant) -> str:
    return next(
        f"{moment}"
        for moment in (-7200.0, -60.0, -0.001, 0.0, 0.001, 60.0, 7200.0)
        if plus_seconds(DUE, moment) == received_at
    )


@given(schedules(), st.randoms(use_true_random=False))
def test_r_401_the_order_of_deciding_changes_nothing(
    schedule: list[tuple[Actor, ActBody, float]], random: object
) -> None:
    """Late acts and the ticker come at any time; contracts answers when all that was received in time is decided."""
    in_time: list[object] = [act for act in schedule if act[2] < 0]
    others: list[object] = [act for act in schedule if act[2] >= 0]
    ordered = [*in_time, *others, HOLD, ANSWER]
    mixed = list(in_time)
    for late in [*others, HOLD]:
        mixed.insert(random.randint(0, len(mixed)), late)  # type: ignore[attr-defined]
    assert outcome_of([*mixed, ANSWER]) == outcome_of(ordered)


def treatments(*names: str) -> tuple[Treatment, ...]:
    return tuple(Treatment(discrepancy=name, treatment="修改", correct_by=date(2026, 12, 1)) for name in names)


def anything(story: Story) -> list[tuple[Actor, ActBody, str]]:
    """Acts that somebody might try at any moment, sensible or not."""
    content = story.item("tuning").content_sha256
    phase = story.item("survey").content_sha256
    version = NewVersion(deliverable="tuning-report", files=(file("tuning-report", str(len(story.history))),))
    done = tuple(WorkDone(discrepancy=name, done="已修改") for name in ("d1", "d2", "d3"))
    rework = ConcludeDiscussion(result="rework", treatments=treatments("d1"))
    as_is = ConcludeDiscussion(result="accept_as_is")
    return [
        (PROVIDER_PM, submission("tuning-report"), "tuning"),
        (ACCEPTOR, AcceptItem(form="signature", content_sha256=content), "tuning"),
        (CUSTOMER_PM, AcceptItem(form="joint_confirmation", content_sha256=phase), "survey"),
        (PROVIDER_PM, AcceptItem(form="joint_confirmation", content_sha256=phase), "survey"),
        (ACCEPTOR, notice("反压"), "tuning"),
        (CUSTOMER_PM, notice("仍有", again="d1"), "tuning"),
        (COLLEAGUE, notice("外行意见"), "tuning"),
        (PROVIDER_PM, AnswerDiscrepancies(treatments=treatments("d1")), "tuning"),
        (ACCEPTOR, AgreeTreatment(discrepancies=("d1",)), "tuning"),
        (ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="settled"), "tuning"),
        (ACCEPTOR, CloseDiscrepancy(discrepancy="d1", how="withdrawn"), "tuning"),
        (PROVIDER_PM, RecordDiscussion(held_on=beijing_date(story.now), minutes_sha256="8" * 64), "tuning"),
        (CUSTOMER_PM, EscalateItem(reason="未达成一致"), "tuning"),
        (CUSTOMER_PM, replace(REPLY, kind="protest"), "tuning"),
        (PROVIDER_PM, StartRework(), "tuning"),
        (PROVIDER_PM, Resubmit(versions=(version,), done=done), "tuning"),
        (CUSTOMER_PM, rework, "tuning"),
        (PROVIDER_PM, rework, "tuning"),
        (CUSTOMER_DIRECTOR, as_is, "tuning"),
        (PROVIDER_DIRECTOR, as_is, "tuning"),
        (COLLEAGUE, REPLY, "tuning"),
        (PROVIDER_PM, RecordUse(used_at=story.now, description="上线", evidence_sha256="5" * 64), "tuning"),
        (CUSTOMER_PM, RecordTrialRun(what="started", on=date(2026, 3, 2)), ""),
        (CUSTOMER_PM, RecordTrialRun(what="ended", on=date(2026, 3, 3)), ""),
    ]


steps = st.lists(st.tuples(st.integers(0, 28), st.sampled_from([60.0, 3600.0, 90_000.0])), max_size=25)


@given(steps)
def test_r_148_and_r_442_hold_whatever_happens(chosen: list[tuple[int, float]]) -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    ended: dict[str, object] = {}
    for number, pause in chosen:
        story.now = plus_seconds(story.now, pause)
        possible = anything(story)
        if number < len(possible):
            actor, body, item = possible[number]
            story.does(actor, body, item)
        elif story.contract.running:
            running = min(story.contract.running.values(), key=lambda known: known.due_at)
            story.elapses(running)
        else:
            story.settled(story.now)
        if story.raised is None:
            story.after()
        if story.contract.waiting or any(running.held for running in story.contract.running.values()):
            story.settled(story.now).after()
        for name, item_now in story.contract.items.items():
            if name in ended:
                assert item_now.phase == ended[name]
            if item_now.is_terminal:
                ended[name] = item_now.phase
                assert not [known for known in story.contract.running.values() if known.deadline.item == name]
                assert not item_now.overdue
    requested = [event.data.request_id for event in story.history if isinstance(event.data, InvoiceRequested)]
    assert len(requested) == len(set(requested))
