"""What has to be there before application and start (R-055..R-061).

A selection is made before most of it is there. So what is not stated yet is told as a warning, and a stated fact that
goes against the rule is a violation.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from shared.catalogue.format.model import Prerequisite, Step
from shared.catalogue.selection.answer import Finding
from shared.catalogue.selection.case import Case
from shared.periods import compute
from shared.periods.spoken import spoken_day

PAID_FIRST = "R-056"
PROPOSAL = "R-058"


def reviews(case: Case) -> Iterator[Finding]:
    """R-055: the provider reviews each application; what he declines is not sold, some services begin only with it."""
    field = case.at("review")
    if case.wanted.review == "declined":
        yield case.violated(
            "R-055", field, "declined", "the provider declined the application", "乙方评估后未承接该申请"
        )
    elif case.wanted.review is None:
        for needed in case.prerequisites("review"):
            text_en, text_zh = "established only after the provider's review", needed.of_zh or "乙方审核后确认服务成立"
            yield case.warned("R-055", field, needed.kind, text_en, text_zh)


def agreements(case: Case) -> Iterator[Finding]:
    """R-056, R-058: the contract is signed, and where the entry says so paid, before the work starts."""
    request = case.request
    for group in case.alternatives("contract_signed", "payment"):
        field, day = ("paid_on", request.paid_on) if group[0].kind == "payment" else ("signed_on", request.signed_on)
        rule, text = group[0].rule or PAID_FIRST, " / ".join(needed.of_zh or needed.kind for needed in group)
        if day is None:
            yield case.warned(
                rule, field, group[0].kind, f"comes before the start: {text}", f"须在服务开始前完成：{text}"
            )
        elif request.start_on is not None and day > request.start_on:
            yield case.violated(
                rule,
                field,
                group[0].kind,
                f"{day} is after the start on {request.start_on}: {text}",
                f"{day} 晚于服务开始日 {request.start_on}：{text}",
            )


def proposals(case: Case) -> Iterator[Finding]:
    """R-058: the proposal comes within its days after the assessment, the agreement after the proposal."""
    request = case.request
    for step in case.service.procedure:
        if step.rule != PROPOSAL or step.period is None or not case.applies(step):
            continue
        if request.assessed_on is None or request.proposed_on is None:
            days = step.period.value
            text_en = f"due within {days} working days after the assessment: {step.name_en}"
            text_zh = f"评估后{days}个工作日内须提交：{step.name_zh}（{step.output_zh}）"
            yield case.warned(PROPOSAL, "proposed_on", step.name_zh, text_en, text_zh)
        else:
            yield from _proposal(case, step, request.assessed_on, request.proposed_on)


def _proposal(case: Case, step: Step, assessed_on: datetime.date, proposed_on: datetime.date) -> Iterator[Finding]:
    days = step.period.value if step.period else None
    counted = compute(assessed_on, f"{days}wd", case.calendar)
    last_day = counted.last_day
    if last_day is not None and not assessed_on <= proposed_on <= last_day:
        until = spoken_day(last_day, provisional=counted.provisional)
        yield case.violated(
            PROPOSAL,
            "proposed_on",
            step.name_zh,
            f"the proposal is due from {assessed_on} to {until.en}, not on {proposed_on}",
            f"{step.output_zh}应在 {assessed_on} 至 {until.zh} 之间提交，而非 {proposed_on}",
        )
    signed_on = case.request.signed_on
    if signed_on is not None and signed_on < proposed_on:
        text_en = f"signed on {signed_on}, before the proposal of {proposed_on}"
        text_zh = f"协议签署日 {signed_on} 早于建议书提交日 {proposed_on}"
        yield case.violated(PROPOSAL, "signed_on", step.name_zh, text_en, text_zh)


def preparations(case: Case) -> Iterator[Finding]:
    """R-059, R-060: what the customer discloses and prepares before he applies.

    Hidden needs are a ground to end the service later (R-059), nothing that a selection could show. A preparation that
    is needed has to be done by the day of the application (R-060).
    """
    for needed in case.prerequisites("preparation"):
        if needed.condition != "application" or needed.rule is None:
            continue
        name, text = needed.of or "", needed.of_zh or ""
        done, applied_on = case.wanted.prepared.get(name), case.request.applied_on
        late = applied_on is not None and (done > applied_on if done else _is_needed(case, needed))
        field = case.at("prepared")
        if late:
            text_en = f"to be done before the application on {applied_on}: {name} ({text})"
            yield case.violated(needed.rule, field, name, text_en, f"须在申请日 {applied_on} 前完成：{text}")
        elif done is None:
            yield case.warned(
                needed.rule, field, name, f"before the application: {name} ({text})", f"申请前须准备：{text}"
            )


def _is_needed(case: Case, needed: Prerequisite) -> bool:
    """Whether the condition of a preparation is one that the request says holds (R-043)."""
    conditions = [deliverable.condition_zh for deliverable in case.marked]
    return any(text and text in (needed.condition_zh or "") for text in conditions)


def refunds(case: Case) -> Iterator[Finding]:
    """R-061: nothing is refunded after payment, told before it."""
    for cancellation in case.service.cancellation:
        if cancellation.kind == "no_refund" and case.applies(cancellation):
            rule = cancellation.rule or "R-061"
            yield case.warned(rule, "paid_on", cancellation.kind, cancellation.text_en, "付款后暂不支持退款")
