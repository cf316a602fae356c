"""The refusals of contracts: one named error a rule, with what a user reads in both languages (R-421)."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, NotFound, Refused, Unseen


class ContractUnknown(Unseen):
    """No contract of that name, or none that is the caller's business (R-424)."""

    code = "CONTRACT_UNKNOWN"
    title_en = "There is no contract of this name"
    title_zh = "未找到该合同"


class ChangeUnknown(NotFound):
    """No change form of that name in this contract."""

    code = "CHANGE_UNKNOWN"
    title_en = "The contract has no change form of this name"
    title_zh = "合同中没有该变更单"


class ExtensionUnknown(NotFound):
    """No proposed extension of that name in this contract."""

    code = "EXTENSION_UNKNOWN"
    title_en = "The contract has no proposed extension of this name"
    title_zh = "合同中没有该顺延提议"


class RiskUnknown(NotFound):
    """No risk notice of that name in this contract."""

    code = "RISK_UNKNOWN"
    title_en = "The contract has no risk notice of this name"
    title_zh = "合同中没有该风险通报"


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


class PersonOfBothSides(Refused):
    """One person holds no roles of both sides (R-423)."""

    code = "PERSON_OF_BOTH_SIDES"
    rule = "R-423"
    title_en = "One person cannot hold roles of both sides"
    title_zh = "同一人不得同时担任双方角色"


class PartiesNotDistinct(Refused):
    """A contract has two different organisations (R-423)."""

    code = "PARTIES_NOT_DISTINCT"
    rule = "R-423"
    title_en = "Customer and provider must be different organisations"
    title_zh = "甲方与乙方不得为同一组织"


class IdTaken(Refused):
    """The id stands for something else already (R-421)."""

    code = "ID_TAKEN"
    rule = "R-421"
    title_en = "This id is in use for something else in the ledger; choose another one"
    title_zh = "该编号已用于其他内容，请另选编号"


class RoleMissing(Refused):
    """Each side names its project manager and its signatory, the customer its acceptor (R-071, R-072)."""

    code = "ROLE_MISSING"
    rule = "R-071"
    title_en = "Each side needs a project manager and a signatory, the customer an acceptor"
    title_zh = "双方均须指定项目经理和签署人，甲方须指定验收人"


class RoleHeldByOne(Refused):
    """Project manager and acceptor are one person each (R-071, R-072)."""

    code = "ROLE_HELD_BY_ONE"
    rule = "R-071"
    title_en = "A side has exactly one project manager, the customer exactly one acceptor"
    title_zh = "每方只能有一名项目经理，甲方只能有一名验收人"


class RoleNotHeld(Refused):
    """Nobody of that name holds the role."""

    code = "ROLE_NOT_HELD"
    rule = "R-422"
    title_en = "This person does not hold the role"
    title_zh = "该人员未担任此角色"


class RolePlanned(Refused):
    """Somebody is to begin in a role of one at the same time or later (R-422)."""

    code = "ROLE_PLANNED"
    rule = "R-422"
    title_en = "The role is planned for somebody else from then on; name that person in `replaces`, or revoke the plan"
    title_zh = "该角色此后已另有人选；请在 replaces 中写明被替换的人员，或先撤销原定安排"


class LineWithoutCondition(Refused):
    """An empty set of conditions is not "all accepted" (R-222)."""

    code = "LINE_WITHOUT_CONDITION"
    rule = "R-222"
    title_en = "A payment line needs at least one condition"
    title_zh = "付款节点至少需要一个付款条件"


class ConditionOfUnknownItem(Refused):
    """A condition names an item or a warranty that the terms do not have (R-222, R-445)."""

    code = "CONDITION_OF_UNKNOWN_ITEM"
    rule = "R-222"
    title_en = "A payment condition names something that the contract does not contain"
    title_zh = "付款条件引用了合同中不存在的验收项或质保期"


class AmountsDoNotAddUp(Refused):
    """Rows, lines and total must agree to the cent (R-440)."""

    code = "AMOUNTS_DO_NOT_ADD_UP"
    rule = "R-440"
    title_en = "The amounts do not add up"
    title_zh = "金额合计不一致"


class NameRepeated(Refused):
    """Names inside a contract are unique."""

    code = "NAME_REPEATED"
    rule = "R-440"
    title_en = "The same name stands twice"
    title_zh = "名称重复"


class NotADraft(Refused):
    """What is signed changes only by change control (R-200, R-211)."""

    code = "NOT_A_DRAFT"
    rule = "R-211"
    title_en = "The contract is signed; it changes by change control only"
    title_zh = "合同已签署，只能通过变更流程修改"


class NotSigned(Refused):
    """Nothing holds before both sides have signed."""

    code = "NOT_SIGNED"
    rule = "R-014"
    title_en = "The contract is not signed by both sides yet"
    title_zh = "合同尚未由双方签署"


class SignatureOverOtherContent(Refused):
    """A signature covers exactly what was shown (R-425)."""

    code = "SIGNATURE_OVER_OTHER_CONTENT"
    rule = "R-425"
    title_en = "The signature covers another content or version than the present one"
    title_zh = "签署所覆盖的内容或版本与当前内容不一致"


class ChangeFormIncomplete(Refused):
    """An incomplete form counts as not submitted (R-201)."""

    code = "CHANGE_FORM_INCOMPLETE"
    rule = "R-201"
    title_en = "The change form is incomplete, so it is not submitted"
    title_zh = "变更单填写不完整，视为未提交"


class PriceChangeOpen(Refused):
    """At most one price change is unapplied (R-444)."""

    code = "PRICE_CHANGE_OPEN"
    rule = "R-444"
    title_en = "Another price change is still open"
    title_zh = "另有一项价款变更尚未生效"


class PriceVersionStale(Refused):
    """A re-plan is drawn on the price version that holds (R-444)."""

    code = "PRICE_VERSION_STALE"
    rule = "R-444"
    title_en = "The re-plan was drawn on another price version than the one that holds"
    title_zh = "价款方案所依据的价款版本不是现行版本"


class ChangeAlreadyDecided(Refused):
    """A change that ended or was approved is not decided again (R-421)."""

    code = "CHANGE_ALREADY_DECIDED"
    rule = "R-421"
    title_en = "The change is already approved or has ended"
    title_zh = "该变更已批准或已终结"


class NoSupplementNeeded(Refused):
    """Only a price change needs a supplementary agreement (R-204)."""

    code = "NO_SUPPLEMENT_NEEDED"
    rule = "R-204"
    title_en = "The change does not touch the price, so there is no supplementary agreement"
    title_zh = "该变更不涉及价款，无需补充协议"


class MilestoneNotOpen(Refused):
    """Only a milestone that is not yet met can be moved (R-114)."""

    code = "MILESTONE_NOT_OPEN"
    rule = "R-114"
    title_en = "The contract has no open milestone of this name"
    title_zh = "合同中没有该名称的未完成里程碑"


class MilestoneNotLate(Refused):
    """A cause is recorded for a milestone that is late (T-35)."""

    code = "MILESTONE_NOT_LATE"
    rule = "R-114"
    title_en = "The milestone is not late"
    title_zh = "该里程碑未逾期"


class DateNotPossible(Refused):
    """A planned date before the signing, or beyond what can be counted."""

    code = "DATE_NOT_POSSIBLE"
    rule = "R-114"
    title_en = "The date lies before the signing or too far ahead"
    title_zh = "日期早于签署日或过于遥远"


class NothingExtended(Refused):
    """An extension names a milestone or items (R-114)."""

    code = "NOTHING_EXTENDED"
    rule = "R-114"
    title_en = "An extension names a milestone, or items under review"
    title_zh = "顺延须指明里程碑或审核中的验收项"


class ItemUnknown(Refused):
    """The terms have no such acceptance item."""

    code = "ITEM_UNKNOWN"
    rule = "R-222"
    title_en = "The contract has no acceptance item of this name"
    title_zh = "合同中没有该验收项"


class ItemNotAccepted(Refused):
    """A change of accepted content names an accepted item (R-205)."""

    code = "ITEM_NOT_ACCEPTED"
    rule = "R-205"
    title_en = "The item is not accepted, so its content is not changed by change control"
    title_zh = "该验收项尚未验收，不属于对已验收成果的变更"


class RiskAlreadyAnswered(Refused):
    """A risk notice is answered once; afterwards only the agreed control can be added (R-216)."""

    code = "RISK_ALREADY_ANSWERED"
    rule = "R-216"
    title_en = "The risk notice is already answered"
    title_zh = "该风险通报已有答复"


class PartiesFixed(Refused):
    """A revision keeps the parties; another pair of organisations is another contract."""

    code = "PARTIES_FIXED"
    rule = "R-421"
    title_en = "A draft keeps its parties; draft another contract for other organisations"
    title_zh = "草稿的当事方不可更换；如当事方不同请另行起草合同"


class RoleNotOfSide(Refused):
    """The acceptor is a person of the customer (R-072)."""

    code = "ROLE_NOT_OF_SIDE"
    rule = "R-072"
    title_en = "Only the customer has an acceptor"
    title_zh = "只有甲方可指定验收人"
