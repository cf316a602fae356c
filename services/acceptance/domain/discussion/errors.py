"""What is refused about a discussion and its end."""

from __future__ import annotations

from shared.kernel.errors import Refused


class NeedsAgreementOfBoth(Refused):
    """In a discussion only both sides together can end it (R-158)."""

    code = "NEEDS_AGREEMENT_OF_BOTH"
    rule = "R-158"
    title_en = "While a discussion or an escalation is open, only an agreement of both sides can end it"
    title_zh = "讨论或升级期间，只有双方达成一致方可结束"


class NotInDiscussion(Refused):
    """Nothing is being discussed (R-158)."""

    code = "NOT_IN_DISCUSSION"
    rule = "R-158"
    title_en = "No discussion or escalation is open"
    title_zh = "当前没有进行中的讨论或升级"


class DiscussionNotHeld(Refused):
    """A matter goes to the directors after the discussion was held, or when its period has run out (R-175, R-176)."""

    code = "DISCUSSION_NOT_HELD"
    rule = "R-175"
    title_en = "Record the discussion first; its matter is escalated after that, or when its period is over"
    title_zh = "须先登记讨论情况；讨论后或讨论期满方可升级"


class DiscussionInTheFuture(Refused):
    """A discussion is recorded after it was held (R-175)."""

    code = "DISCUSSION_IN_THE_FUTURE"
    rule = "R-175"
    title_en = "A discussion is recorded after it was held"
    title_zh = "讨论情况须在讨论举行之后登记"


class TreatmentsIncomplete(Refused):
    """A conclusion to rework names a treatment for exactly the open discrepancies (R-158)."""

    code = "TREATMENTS_INCOMPLETE"
    rule = "R-158"
    title_en = "A conclusion to rework names a treatment for each open discrepancy and no other"
    title_zh = "再次整改的结论须列明全部未关闭的不符点，且不得列入其他不符点"


class TakeOutNeedsChange(Refused):
    """An item is taken out by change control only (R-158)."""

    code = "TAKE_OUT_NEEDS_CHANGE"
    rule = "R-158"
    title_en = "An item is taken out by an approved change form only; name it"
    title_zh = "移出验收项须以已批准的变更单为据，请注明变更单号"
