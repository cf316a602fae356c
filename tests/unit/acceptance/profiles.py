"""Small terms shaped like the services of further profiles: Alibaba 6, 7, 14 and 22."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from shared.public_events.terms import ItemTerm, Terms
from tests.unit.acceptance.samples import ACCEPTANCE_REPORT, Story, deliverable, line, signed, terms

COMMENTED = ItemTerm(
    item_id="advice",
    name_zh="《稳定性咨询报告》",
    layer="deliverable",
    profile="A-5WD-DEEMED-REWORK-5WD",
    deliverables=("advice-report",),
    review_period="5wd",
    review_timer="T-09",
    review_rule="R-177",
    starts="submitted",
    silence=True,
    forms=("signature",),
    response_period="5wd",
    re_review_period="5wd",
    re_review_silence_passes=True,
    any_person_stops_silence=True,
    neutral_reply_stops=True,
)
UPLOADED = ItemTerm(
    item_id="service",
    name_zh="服务报告",
    layer="project",
    profile="A-UPLOAD-7D-AUTO",
    deliverables=("upload",),
    review_period="7d",
    review_timer="T-20",
    review_rule="R-185",
    starts="submitted",
    silence=True,
    forms=("online_confirmation",),
)

REQUEST = ItemTerm(
    item_id="request",
    name_zh="服务请求",
    layer="ticket",
    profile="A-TICKET-7D-CLOSE",
    deliverables=("solution",),
    review_period="7d",
    review_timer="T-19",
    review_rule="R-194",
    starts="submitted",
    silence_closes=True,
    forms=("confirmation",),
    any_person_stops_silence=True,
    neutral_reply_stops=True,
)

PACK = ItemTerm(
    item_id="pack.2",
    name_zh="迁云实施服务（第2个服务包）",
    layer="milestone",
    profile="A-TIME-EXPIRY",
    forms=("online_confirmation",),
)

FINAL_REPORT = ItemTerm(
    item_id="acceptance-report",
    name_zh="《验收报告》",
    layer="project",
    profile="A-ONLINE-7D-NO-DEEMED",
    deliverables=("final",),
    review_period="7d",
    review_timer="T-18",
    review_rule="R-319",
    forms=("online_confirmation",),
)


def alibaba_7(**changes: Any) -> Terms:
    """A final report whose seven days start with the end of a contract that the terms do not state."""
    return terms((FINAL_REPORT,), (deliverable("final"),), **changes)


def alibaba_10(**changes: Any) -> Terms:
    """A pack whose start the terms do not state."""
    return terms((PACK,), (), **changes)


def alibaba_6(**changes: Any) -> Terms:
    """A request whose solution the customer confirms, or that seven silent days close."""
    return terms((REQUEST,), (deliverable("solution"),), **changes)


def solved() -> Story:
    """Alibaba 6, its solution sent on Monday 2 March."""
    return signed(alibaba_6()).submitted("request", "solution")


def alibaba_14(**changes: Any) -> Terms:
    """A report that silence passes in every round, and an acceptance report that both sides sign (R-153, R-177)."""
    project = replace(ACCEPTANCE_REPORT, after=("advice",), confirms=("advice",))
    lines = (line("advice", "60000.00", "advice"), line("final", "40000.00", "report"))
    deliverables = (deliverable("advice-report"), deliverable("acceptance-report"))
    return terms((COMMENTED, project), deliverables, **{"payment_lines": lines, **changes})


def alibaba_22(**changes: Any) -> Terms:
    """An upload that seven silent days complete; no flow for an objection is printed."""
    return terms((UPLOADED,), (deliverable("upload"),), **changes)


def commented() -> Story:
    """Alibaba 14, its report under review since Monday 2 March."""
    return signed(alibaba_14()).submitted("advice", "advice-report")


def uploaded() -> Story:
    """Alibaba 22, under review since Monday 2 March until Monday 9 March, 24:00."""
    return signed(alibaba_22()).submitted("service", "upload")
