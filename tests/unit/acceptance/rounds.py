"""The rounds of the discrepancy flow on a report of Alibaba 25, each a story up to that point."""

from __future__ import annotations

from datetime import date

from services.acceptance.domain.discrepancies.commands import AgreeTreatment, AnswerDiscrepancies, Resubmit, WorkDone
from services.acceptance.domain.discrepancies.events import Treatment
from services.acceptance.domain.discussion.commands import ConcludeDiscussion
from services.acceptance.domain.submission.commands import NewVersion
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    CUSTOMER_PM,
    PROVIDER_PM,
    Story,
    alibaba_25,
    file,
    notice,
    signed,
)

ITEM = "tuning"
FRIDAY = date(2026, 3, 13)


def treatment(name: str, day: date = FRIDAY) -> Treatment:
    return Treatment(discrepancy=name, treatment="重新调优", correct_by=day)


def answers(*names: str, day: date = FRIDAY) -> AnswerDiscrepancies:
    return AnswerDiscrepancies(treatments=tuple(treatment(name, day) for name in names))


def agrees(*names: str) -> AgreeTreatment:
    return AgreeTreatment(discrepancies=names)


def resubmits(*names: str, content: str = "v2") -> Resubmit:
    version = NewVersion(deliverable="tuning-report", files=(file("tuning-report", content),))
    return Resubmit(versions=(version,), done=tuple(WorkDone(discrepancy=name, done="已修改") for name in names))


def reviewed() -> Story:
    return signed(alibaba_25()).submitted(ITEM, "tuning-report")


def objected(*findings: str) -> Story:
    """Two discrepancies are open since Tuesday 3 March."""
    return reviewed().did(ACCEPTOR, notice(*(findings or ("反压", "延迟"))), ITEM, "2026-03-03T02:00:00.000Z")


def agreed() -> Story:
    return objected().did(PROVIDER_PM, answers("d1", "d2"), ITEM).did(CUSTOMER_PM, agrees("d1", "d2"), ITEM)


def re_reviewed() -> Story:
    return agreed().did(PROVIDER_PM, resubmits("d1", "d2"), ITEM, "2026-03-12T02:00:00.000Z")


def discussed() -> Story:
    """The second objection, on Monday 16 March: d1 was found again."""
    return re_reviewed().did(ACCEPTOR, notice("仍有反压", again="d1"), ITEM, "2026-03-16T02:00:00.000Z")


def rework(*names: str) -> ConcludeDiscussion:
    day = date(2026, 3, 27)
    return ConcludeDiscussion(result="rework", treatments=tuple(treatment(name, day) for name in names))
