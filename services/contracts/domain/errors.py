"""The refusals about a contract as a whole: one named error a rule, and what a user reads in two languages (R-421)."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, Refused, Unseen


class ContractUnknown(Unseen):
    """No contract of that name, or none that is the caller's business (R-424)."""

    code = "CONTRACT_UNKNOWN"
    title_en = "There is no contract of this name"
    title_zh = "未找到该合同"


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


class IdTaken(Refused):
    """The id stands for something else already (R-421)."""

    code = "ID_TAKEN"
    rule = "R-421"
    title_en = "This id is in use for something else in the ledger; choose another one"
    title_zh = "该编号已用于其他内容，请另选编号"


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


class ItemUnknown(Refused):
    """The terms have no such acceptance item."""

    code = "ITEM_UNKNOWN"
    rule = "R-222"
    title_en = "The contract has no acceptance item of this name"
    title_zh = "合同中没有该验收项"
