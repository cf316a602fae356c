"""The refusals of a price: it does not add up, or a line waits for nothing (R-222, R-440)."""

from __future__ import annotations

from shared.kernel.errors import Refused


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
