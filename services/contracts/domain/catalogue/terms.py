"""What a catalogue entry asks for that the ledger does not carry out yet (R-335, R-336), for the editions chosen.

A contract that needs any of it is refused by name, at drafting and at signing: nothing is dropped in silence. A table
here loses a line when the ledger learns what it names. What has neither a time nor a state (a promise without a figure,
the responsibility table, channels) is agreed by the pinned revision, which is an annex of the contract (R-070).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import UNSET, Struct

from services.contracts.domain.catalogue.errors import NotCarriedOut
from shared.catalogue.format.acceptance import Acceptance, AfterCare
from shared.catalogue.format.model import Service
from shared.catalogue.format.values import Entry

# Starts of periods that the ledger learns of. Those of risks and changes run in every contract, that of
# a proposal before there is one.
KNOWN_STARTS = frozenset(
    {
        "received_all",
        "received",
        "submitted",
        "uploaded",
        "solution_sent",
        "delivered",
        "comments_received",
        "notice_received",
        "second_notice_received",
        "resubmitted",
        "contract_signing",
        "risk_notice",
        "planned_effect",
        "assessment_done",
    }
)
# A length that is only told ("about two weeks", R-035) binds nobody.
TOLD_PERIODS = frozenset({"typical"})
WARRANTY_STARTS = frozenset({"acceptance", "acceptance_and_trial_run_end"})
SEALED_FORMS = frozenset({"seal", "signature"})

AnyEntry = TypeVar("AnyEntry", bound=Entry)


class NotCarried(Struct, frozen=True, kw_only=True, order=True):
    """One thing that is missing: a stable name, its rule, and what it is called."""

    name: str
    rule: str
    text_zh: str
    text_en: str


def _named(name: str, rule: str, text_zh: str, text_en: str) -> NotCarried:
    return NotCarried(name=name, rule=rule, text_zh=text_zh, text_en=text_en)


RECURRING = _named("recurring_deliverables", "R-133", "定期交付物", "recurring deliverables")
SLA = _named("sla", "R-275", "服务级别的时限或达成率", "service levels with times or shares")
SUBSCRIPTION = _named("subscription", "R-227", "订阅的持续计费", "continuous charging of a subscription")
ALTERNATIVE = _named("alternative_completion", "R-315", "替代完成条件", "alternative completion")
IMPLEMENTATION = _named("implementation_period", "R-111", "客户落地实施期", "period for carrying out a solution")
SECOND_MARK = _named(
    "completion.seal_or_signature", "R-317", "另行盖章或签字的完成标志", "a completion mark of its own"
)
NO_ITEM = _named("acceptance", "R-322", "所选内容没有验收项", "an acceptance item for what was chosen")
NO_PROFILE = _named(
    "profile.K-NONE", "R-151", "无验收环节的服务（以启用或约定期满为准）", "a service without acceptance"
)
SESSIONS = _named("sessions", "R-336", "按计划开展的培训场次", "training sessions of a plan")

TIME_COMPLETIONS: dict[str, tuple[str, str, str]] = {
    "pack_end": ("R-314", "服务包到期完成", "completion by the end of a pack"),
    "order_expiry": ("R-313", "订单到期完成", "completion by the expiry of the order"),
    "service_period_end": ("R-316", "服务期满", "the end of the service period"),
    "support_end": ("R-245", "支持期满完成", "completion by the end of support"),
}
SERVICE_PERIODS: dict[str, tuple[str, str, str]] = {
    "duration": ("R-336", "服务期限", "a service period"),
    "pack": ("R-010", "服务包的连续工作日", "the consecutive days of a pack"),
    "subscription": ("R-336", "订阅期", "a subscription period"),
    "order": ("R-336", "订单期", "an order period"),
    "support": ("R-245", "支持期", "a support period"),
    "validity": ("R-259", "服务有效期", "a validity"),
    "extension": ("R-260", "有效期顺延", "an extension of the validity"),
    "sprint": ("R-333", "迭代周期", "sprints"),
}
AFTER_CARE: dict[str, tuple[str, str, str]] = {
    "warranty": ("R-246", "质保期的起算事件", "the start of the warranty"),
    "guarantee": ("R-240", "验收后的保障期", "a guarantee after acceptance"),
    "escort": ("R-243", "割接护航", "the escort of a cutover"),
    "support": ("R-245", "持续支持", "support after acceptance"),
    "follow_up": ("R-242", "服务跟进与保障", "follow-up"),
    "ticket_channel": ("R-249", "转入工单渠道", "the ticket channel afterwards"),
}
GROWING: dict[str, tuple[str, str, str]] = {
    "session": ("sessions", "按计划开展的培训场次", "training sessions of a plan"),
    "increment": ("increments", "按迭代产生的增量", "increments of sprints"),
    "request": ("requests", "随服务产生的工单", "requests that come as the service goes on"),
}
OPTIONS: dict[str, tuple[str, str, str]] = {
    "person_day": ("R-300", "按日预约并计次的驻场或现场人天", "days on site that are booked by date and counted"),
    "visit": ("R-301", "按次预约的上门服务", "visits that are booked one by one"),
}
STARTS: dict[str, tuple[str, str, str]] = {
    "plan_submitted": ("R-092", "实施计划的确认期", "the period for confirming a plan"),
    "proposed": ("R-111", "方案提出后的期间", "a period from the proposal of a solution"),
    "contract_expiry": ("R-319", "合同到期后的期间", "a period from the expiry of the contract"),
    "first_service_day": ("R-336", "首个服务日起的期间", "a period from the first day of service"),
    "visit": ("R-057", "上门服务的提前期", "the lead time of a visit"),
    "visit_finished": ("R-303", "上门服务单的签署期", "the period for signing the form of a visit"),
    "example_converted": ("R-245", "示例应用改造完成后的期间", "a period from the conversion of the example"),
}


def not_carried(service: Service, chosen: frozenset[str]) -> tuple[NotCarried, ...]:
    """What the chosen editions and options of an entry need and the ledger does not carry out, each once, by name."""
    items = _of(service.acceptance, chosen)
    found = {
        *_of_items(items),
        *_of_periods(service, chosen),
        *_of_lists(service, chosen),
        *_of_options(service, chosen),
        *(_care(care) for care in _of(service.after_care, chosen) if not _is_carried(care)),
    }
    is_sealed = any(SEALED_FORMS.intersection(item.forms) for item in items)
    if not is_sealed and any(mark.kind == "seal_or_signature" for mark in _of(service.completion, chosen)):
        found.add(SECOND_MARK)
    if not items:
        found.add(NO_ITEM)
    return tuple(sorted(found))


def check_carried(service: Service, chosen: frozenset[str]) -> None:
    """Raises NotCarriedOut with every name, and what each is called."""
    missing = not_carried(service, chosen)
    if missing:
        told = "; ".join(f"{one.name} ({one.rule}): {one.text_zh} / {one.text_en}" for one in missing)
        names = ",".join(one.name for one in missing)
        raise NotCarriedOut(told, field="/catalog_service", missing=names)


def _of(entries: Iterable[AnyEntry], chosen: frozenset[str]) -> tuple[AnyEntry, ...]:
    return tuple(entry for entry in entries if entry.editions is UNSET or not chosen.isdisjoint(entry.editions))


def _of_items(items: Iterable[Acceptance]) -> Iterator[NotCarried]:
    for item in items:
        if item.profile == "K-NONE":
            yield NO_PROFILE
        if item.alternative_completion is not None:
            yield ALTERNATIVE
        if item.implementation_period is not None:
            yield IMPLEMENTATION
        if item.time_based_completion is not None:
            kind = item.time_based_completion.kind
            yield _named(f"time_completion.{kind}", *TIME_COMPLETIONS[kind])
        for cover in item.covers:
            if cover.kind in GROWING:
                name, text_zh, text_en = GROWING[cover.kind]
                yield _named(name, "R-336", text_zh, text_en)


def _of_periods(service: Service, chosen: frozenset[str]) -> Iterator[NotCarried]:
    starts = [item.starts for item in _of(service.acceptance, chosen) if item.review_period is not None]
    starts += [step.starts for step in _of(service.procedure, chosen) if step.period is not None]
    starts += [mark.starts for mark in _of(service.completion, chosen) if mark.period is not None]
    starts += [milestone.from_ for milestone in _of(service.milestones, chosen)]
    for start in starts:
        if start is not None and start not in KNOWN_STARTS:
            rule, text_zh, text_en = STARTS.get(start, ("R-008", "自其他事件起算的期间", "a period from another event"))
            yield _named(f"period.{start}", rule, text_zh, text_en)
    planned = any(milestone.offset is not None for milestone in _of(service.milestones, chosen))
    for period in _of(service.service_periods, chosen):
        # A duration that the milestones lay out from T is carried by them.
        if period.kind not in TOLD_PERIODS and not (period.kind == "duration" and planned):
            yield _named(f"service_period.{period.kind}", *SERVICE_PERIODS[period.kind])


def _of_lists(service: Service, chosen: frozenset[str]) -> Iterator[NotCarried]:
    if any(deliverable.recurrence != "once" for deliverable in _of(service.deliverables, chosen)):
        yield RECURRING
    if any(
        row.response is not None or row.resolution is not None or row.attainment_percent is not None
        for row in _of(service.sla, chosen)
    ):
        yield SLA
    if any(payment.kind == "subscription" for payment in _of(service.payment, chosen)):
        yield SUBSCRIPTION
    if _of(service.modules, chosen):
        yield SESSIONS


def _of_options(service: Service, chosen: frozenset[str]) -> Iterator[NotCarried]:
    """What is ordered by the day or the visit is booked, capped and, on statutory holidays, counted threefold."""
    for option in _of(service.options, chosen):
        if option.id in chosen and option.unit in OPTIONS:
            yield _named(f"option.{option.unit}", *OPTIONS[option.unit])


def _is_carried(care: AfterCare) -> bool:
    return care.kind == "warranty" and care.starts in WARRANTY_STARTS


def _care(care: AfterCare) -> NotCarried:
    return _named(f"after_care.{care.kind}", *AFTER_CARE[care.kind])
