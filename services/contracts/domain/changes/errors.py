"""The refusals of change control."""

from __future__ import annotations

from shared.kernel.errors import NotFound, Refused


class ChangeUnknown(NotFound):
    """No change form of that name in this contract."""

    code = "CHANGE_UNKNOWN"
    title_en = "The contract has no change form of this name"
    title_zh = "合同中没有该变更单"


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


class ItemNotAccepted(Refused):
    """A change of accepted content names an accepted item (R-205)."""

    code = "ITEM_NOT_ACCEPTED"
    rule = "R-205"
    title_en = "The item is not accepted, so its content is not changed by change control"
    title_zh = "该验收项尚未验收，不属于对已验收成果的变更"
