"""Warnings at planning (R-115): nothing forbids a plan that is shorter than its own review, but it should be seen."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts.domain.catalogue.document import ServiceDocument
from services.contracts.domain.drafting.events import PlanningWarning
from shared.periods import parse_spec
from shared.periods.spoken import spoken
from shared.public_events.naming import quoted
from shared.public_events.terms import ItemTerm, MilestoneTerm, Terms

RULE = "R-115"
DOCUMENT_CONFLICT_ZH = "服务说明书的里程碑计划与其验收要求不一致，请在计划时核对"

# The fewest calendar days that one of these can take.
FEWEST_DAYS: dict[str, int] = {"d": 1, "wd": 1, "pack": 1, "w": 7, "m": 28, "q": 89, "y": 365}


def planning_warnings(terms: Terms, document: ServiceDocument) -> tuple[PlanningWarning, ...]:
    """What is too short in the plan: review periods between milestones, and conflicts that the document has itself."""
    return (*_short_reviews(terms), *_document_conflicts(terms, document))


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
