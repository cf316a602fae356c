"""The refusals of acceptance: one named error a rule, with what a user reads in both languages (R-421)."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, NotArrivedYet, NotFound, Refused


class ContractNotArrived(NotArrivedYet):
    """No signed contract of that name has arrived here for the caller's organisation.

    Whether there is none, it is not signed, it is on its way, or it is none of his business: one answer (R-424).
    """

    title_en = "No signed contract of this name is known here for your organisation so far"
    title_zh = "此处尚未收到贵方参与的该名称的已签署合同"


class ItemUnknown(NotFound):
    """The terms contain no such acceptance item."""

    code = "ITEM_UNKNOWN"
    title_en = "The contract has no acceptance item of this name"
    title_zh = "合同中没有该验收项"


class CalendarNotArrived(NotArrivedYet):
    """No working calendar has arrived, so no period can be computed: nothing is stored, the request is repeated."""

    code = "CALENDAR_NOT_ARRIVED"
    rule = "R-402"
    title_en = "The contract's working calendar is not known yet; send the request again"
    title_zh = "合同适用的工作日历尚未导入，请稍后重新发送"


class NotAParty(Forbidden):
    """The actor's organisation is no party to the contract (R-426): refused and not recorded."""

    code = "NOT_A_PARTY"
    rule = "R-426"
    title_en = "Your organisation is no party to this contract"
    title_zh = "您所在的组织不是本合同当事方"


class ActForOtherSide(Forbidden):
    """An act that only the other side can do (R-423)."""

    code = "ACT_FOR_OTHER_SIDE"
    rule = "R-423"
    title_en = "Nobody acts for the other side"
    title_zh = "任何人不得代对方操作"


class DeliverableNotOfItem(Refused):
    """The deliverable is not part of the item (R-128)."""

    code = "DELIVERABLE_NOT_OF_ITEM"
    rule = "R-128"
    title_en = "The item does not contain this deliverable"
    title_zh = "该验收项不包含此交付物"


class FilesMissing(Refused):
    """A document needs at least one file (R-125)."""

    code = "FILES_MISSING"
    rule = "R-125"
    title_en = "A deliverable needs at least one file"
    title_zh = "交付物至少需要一个文件"


class EvidenceMissing(Refused):
    """A training needs its evidence (R-134)."""

    code = "EVIDENCE_MISSING"
    rule = "R-134"
    title_en = "A deliverable without a file needs evidence: sign-in sheet, photos, invitation or a note"
    title_zh = "无文件的交付物须提交佐证：签到表、照片、邀请函或说明"


class FileHashMismatch(Refused):
    """The stated hash is not the hash of the files (R-125)."""

    code = "FILE_HASH_MISMATCH"
    rule = "R-125"
    title_en = "The stated hash is not the hash of the files named"
    title_zh = "所填哈希与文件清单的哈希不一致"


class NotOpenForSubmission(Refused):
    """The item is under review or further; a new version comes by resubmission (R-140, R-157)."""

    code = "NOT_OPEN_FOR_SUBMISSION"
    rule = "R-140"
    title_en = "The item is already under review; a corrected version is resubmitted after a discrepancy notice"
    title_zh = "该验收项已进入审核；更正版本须在不符点通知后重新提交"


class NotUnderReview(Refused):
    """The act needs an item under review (section H)."""

    code = "NOT_UNDER_REVIEW"
    rule = "R-141"
    title_en = "The item is not under review"
    title_zh = "该验收项未处于审核中"


class DiscrepanciesOpen(Refused):
    """An item with open discrepancies is not accepted; they are settled or withdrawn first (R-142, R-157)."""

    code = "DISCREPANCIES_OPEN"
    rule = "R-157"
    title_en = "Open discrepancies are settled or withdrawn before acceptance"
    title_zh = "存在未关闭的不符点，须先确认解决或书面撤回"


class NeedsAgreementOfBoth(Refused):
    """In a discussion only both sides together can end it (R-158)."""

    code = "NEEDS_AGREEMENT_OF_BOTH"
    rule = "R-158"
    title_en = "While a discussion or an escalation is open, only an agreement of both sides can end it"
    title_zh = "讨论或升级期间，只有双方达成一致方可结束"


class AlreadyTerminal(Refused):
    """An acceptance is not withdrawn (R-148)."""

    code = "ALREADY_TERMINAL"
    rule = "R-148"
    title_en = "The item is accepted or closed, and stays so; a change of accepted content is a change request (R-205)"
    title_zh = "该验收项已验收或关闭，不可撤回；变更已验收内容须走变更程序（R-205）"


class SignatureOverOtherContent(Refused):
    """The signature covers another content than the one under review (R-425)."""

    code = "SIGNATURE_OVER_OTHER_CONTENT"
    rule = "R-425"
    title_en = "The signature covers another content than the one under review"
    title_zh = "签署所覆盖的内容与当前审核内容不一致"


class ComesAfter(Refused):
    """Another item comes first (R-153)."""

    code = "COMES_AFTER"
    rule = "R-153"
    title_en = "Another acceptance item comes first"
    title_zh = "须先完成前置验收项"


class DiscrepancyUnknown(Refused):
    """No open discrepancy of that name (R-170)."""

    code = "DISCREPANCY_UNKNOWN"
    rule = "R-170"
    title_en = "The item has no open discrepancy of this name"
    title_zh = "该验收项没有此未关闭的不符点"


class NoDiscrepancyOpen(Refused):
    """The act needs an item with open discrepancies (R-172)."""

    code = "NO_DISCREPANCY_OPEN"
    rule = "R-172"
    title_en = "No discrepancies wait for this"
    title_zh = "当前没有待处理的不符点"


class CorrectionInThePast(Refused):
    """The correction date lies before the day of the answer (R-172)."""

    code = "CORRECTION_IN_THE_PAST"
    rule = "R-172"
    title_en = "The correction date lies in the past"
    title_zh = "整改日期早于答复日期"


class NotAnswered(Refused):
    """There is no treatment to agree to (R-156)."""

    code = "NOT_ANSWERED"
    rule = "R-156"
    title_en = "The provider has not answered this discrepancy yet"
    title_zh = "乙方尚未就该不符点提出处理方式"


class PlanNotAgreed(Refused):
    """Rework follows the agreed plan (R-157)."""

    code = "PLAN_NOT_AGREED"
    rule = "R-157"
    title_en = "Rework and resubmission follow an agreed treatment of every discrepancy"
    title_zh = "须先就全部不符点的处理方式达成一致，方可整改并重新提交"


class WorkNotListed(Refused):
    """A resubmission lists what was done about each discrepancy (R-157)."""

    code = "WORK_NOT_LISTED"
    rule = "R-157"
    title_en = "A resubmission lists what was done about each open discrepancy"
    title_zh = "重新提交须逐项列明各不符点的处理结果"


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


class NothingToUse(Refused):
    """Use needs something that was delivered before (R-190)."""

    code = "NOTHING_TO_USE"
    rule = "R-190"
    title_en = "Nothing had been delivered at that instant that could be used"
    title_zh = "该时点尚无已交付、可被使用的成果"


class UseInTheFuture(Refused):
    """Use is a fact of the past (R-190)."""

    code = "USE_IN_THE_FUTURE"
    rule = "R-190"
    title_en = "Use is recorded after it happened"
    title_zh = "使用事实须在发生之后记录"


class TrialRunContradiction(Refused):
    """Start and end of a trial run contradict what is recorded (R-191)."""

    code = "TRIAL_RUN_CONTRADICTION"
    rule = "R-191"
    title_en = "This contradicts what is recorded about the trial run"
    title_zh = "与已记录的试运行情况相矛盾"


class NotAcceptedYet(Refused):
    """Only accepted content is changed by a change request of this kind (R-147)."""

    code = "NOT_ACCEPTED_YET"
    rule = "R-147"
    title_en = "The item is not accepted yet; raise a discrepancy instead"
    title_zh = "该验收项尚未验收；如有不符请提出不符点"
