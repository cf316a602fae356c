"""Warnings at planning: what nothing forbids but should be seen.

A plan that is shorter than its own review (R-115), and a service that is paid before the work without a line that is
paid on signing (R-223).
"""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.domain.catalogue.document import ServiceDocument, of_editions
from services.contracts.domain.drafting.events import PlanningWarning
from shared.periods import parse_spec
from shared.periods.spoken import spoken
from shared.public_events.naming import quoted
from shared.public_events.terms import ItemTerm, MilestoneTerm, Terms

RULE = "R-115"
PREPAYMENT_RULE = "R-223"
DOCUMENT_CONFLICT_ZH = "服务说明书的里程碑计划与其验收要求不一致，请在计划时核对"

# The fewest calendar days that one of these can take.
FEWEST_DAYS: dict[str, int] = {"d": 1, "wd": 1, "pack": 1, "w": 7, "m": 28, "q": 89, "y": 365}


def planning_warnings(terms: Terms, document: ServiceDocument) -> tuple[PlanningWarning, ...]:
    """What is too short in the plan, conflicts that the document has itself, and a prepayment that is not agreed."""
    return (*_short_reviews(terms), *_document_conflicts(terms, document), *_no_prepayment(terms, document))


def days_of(period: str) -> int:
    """The fewest calendar days of a period."""
    spec = parse_spec(period)
    return spec.count * FEWEST_DAYS[spec.unit]


def _short_reviews(terms: Terms) -> Iterator[PlanningWarning]:
    items = {item.item_id: item for item in terms.items}
    before = 0
    for milestone in terms.milestones:
        days = days_of(milestone.offset) - before
        before = days_of(milestone.offset)
        for name in milestone.items:
            if milestone.met_when == "accepted" and _too_long(items[name], days):
                yield _short_review(milestone, items[name], days)


def _too_long(item: ItemTerm, days: int) -> bool:
    return item.review_period is not None and days_of(item.review_period) > days


def _short_review(milestone: MilestoneTerm, item: ItemTerm, days: int) -> PlanningWarning:
    period = spoken(item.review_period or "0d")
    return PlanningWarning(
        rule=RULE,
        about=milestone.milestone_id,
        text_en=(
            f"{days} days lie before milestone {milestone.milestone_id} ({milestone.name_en}), "
            f"but the review of {item.item_id} takes {period.en}"
        ),
        text_zh=f"里程碑{quoted(milestone.name_zh)}之前仅有{days}天，而{quoted(item.name_zh)}的审核期为{period.zh}",
    )


def _document_conflicts(terms: Terms, document: ServiceDocument) -> Iterator[PlanningWarning]:
    """Remarks of the catalogue on its own milestones, as long as the contract keeps the document's dates."""
    offsets = {milestone.name_zh: milestone for milestone in terms.milestones}
    for entry in document.milestones:
        milestone = offsets.get(entry.name_zh)
        if milestone is None or milestone.offset != entry.offset_text():
            continue
        for note in entry.notes:
            if note.rule == RULE:
                yield PlanningWarning(
                    rule=RULE,
                    about=milestone.milestone_id,
                    text_en=note.text_en,
                    text_zh=note.text_zh or DOCUMENT_CONFLICT_ZH,
                )


def _no_prepayment(terms: Terms, document: ServiceDocument) -> Iterator[PlanningWarning]:
    prepaid = any(entry.kind == "prepaid" for entry in of_editions(document.payment, frozenset(terms.editions)))
    on_signing = any(condition.kind == "signing" for line in terms.payment_lines for condition in line.conditions)
    if prepaid and not on_signing:
        yield PlanningWarning(
            rule=PREPAYMENT_RULE,
            about="payment_lines",
            text_en="the service is paid before the work begins, but no payment line is paid on signing",
            text_zh="服务说明书约定付款后开始服务，而付款计划中没有签署后即付的款项",
        )
