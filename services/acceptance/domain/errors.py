"""The refusals that belong to no subject: about the contract, the side, and what has ended (R-421)."""

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


class AlreadyTerminal(Refused):
    """An acceptance is not withdrawn (R-148)."""

    code = "ALREADY_TERMINAL"
    rule = "R-148"
    title_en = "The item is accepted or closed, and stays so; a change of accepted content is a change request (R-205)"
    title_zh = "该验收项已验收或关闭，不可撤回；变更已验收内容须走变更程序（R-205）"
