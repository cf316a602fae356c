"""The refusals of what is drafted from the catalogue: unknown, not chosen rightly, not carried out, not there yet."""

from __future__ import annotations

from shared.kernel.errors import NotArrivedYet, Refused


class ServiceNotPublished(Refused):
    """A contract pins a published revision of a catalogue service (R-014, R-020)."""

    code = "SERVICE_NOT_PUBLISHED"
    rule = "R-020"
    title_en = "The catalogue has no such published revision of the service"
    title_zh = "目录中没有该服务的已发布版本"


class ServiceNotArrived(NotArrivedYet):
    """The revision is unknown here; what the catalogue has published may still be on its way (R-014, R-020)."""

    code = "SERVICE_NOT_ARRIVED"
    rule = "R-020"
    title_en = "No such published revision of the service is known here so far"
    title_zh = "此处尚未收到该服务的已发布版本"


class CalendarNotArrived(NotArrivedYet):
    """Deadlines need a published working calendar, and it may still be on its way (R-402)."""

    code = "CALENDAR_NOT_ARRIVED"
    rule = "R-402"
    title_en = "The working calendar is not known here so far"
    title_zh = "此处尚未收到该工作日历"


class EditionUnknown(Refused):
    """The service has no such edition (R-020)."""

    code = "EDITION_UNKNOWN"
    rule = "R-020"
    title_en = "The service has no such edition"
    title_zh = "该服务没有此版本（套餐）"


class ChoiceNotPossible(Refused):
    """Editions of which exactly one is bought, or none of those of which one must be (R-022..R-026)."""

    code = "CHOICE_NOT_POSSIBLE"
    rule = "R-022"
    title_en = "These editions cannot be bought like this"
    title_zh = "所选版本（套餐）组合不符合目录规则"


class NotInTheCatalogue(Refused):
    """An option or item of the selection that the catalogue revision does not have (R-021)."""

    code = "NOT_IN_THE_CATALOGUE"
    rule = "R-021"
    title_en = "The service does not contain what the selection names"
    title_zh = "服务目录中没有所选内容"


class NotCarriedOut(Refused):
    """The chosen editions need something that the ledger does not carry out yet (R-335, R-336)."""

    code = "NOT_CARRIED_OUT"
    rule = "R-335"
    title_en = "The service needs what the ledger does not carry out yet, so the contract is neither drafted nor signed"
    title_zh = "该服务包含账本尚不支持履行的内容，不能据此起草或签署合同"


class SelectionNotValid(Refused):
    """The selection violates a rule of the catalogue (R-022..R-062), found by composing it again (R-335)."""

    code = "SELECTION_NOT_VALID"
    rule = "R-335"
    title_en = "The selection violates rules of the catalogue"
    title_zh = "所选内容不符合目录规则"


class SelectionDiffers(Refused):
    """What the draft says of its selection is not what the catalogue revision gives (R-335)."""

    code = "SELECTION_DIFFERS"
    rule = "R-335"
    title_en = "The selection is not what the catalogue gives; compose it again and draft from that answer"
    title_zh = "所选内容与目录组合结果不一致；请重新组合后据此起草"


class EarlierContractUnknown(Refused):
    """A contract that this one rests on is not one of the same parties (R-026)."""

    code = "EARLIER_CONTRACT_UNKNOWN"
    rule = "R-026"
    title_en = "These parties have no other contract of this name"
    title_zh = "双方之间没有该名称的其他合同"


class NotSoldAlone(Refused):
    """The service or edition is sold only with another one (R-026)."""

    code = "NOT_SOLD_ALONE"
    rule = "R-026"
    title_en = "This is not sold alone; name the contract on what belongs to it in `after_contracts`"
    title_zh = "该服务不可单独购买；请在 after_contracts 中写明相应服务的合同"


class NotYetAccepted(Refused):
    """The service waits for a deliverable that the customer accepted under another contract (R-027)."""

    code = "NOT_YET_ACCEPTED"
    rule = "R-027"
    title_en = "The service waits for a deliverable of another contract that is not accepted yet"
    title_zh = "须待另一合同的相应交付物验收通过后，方可约定该服务"


class TooManyPacks(Refused):
    """More packs than one contract can keep apart (R-131)."""

    code = "TOO_MANY_PACKS"
    rule = "R-131"
    title_en = "One contract cannot hold so many packs; draft several contracts"
    title_zh = "一份合同中的服务包数量过多，请分别起草合同"


class ParameterNotOpen(Refused):
    """A parameter that the catalogue revision does not have, or a value that it cannot take (R-014)."""

    code = "PARAMETER_NOT_OPEN"
    rule = "R-014"
    title_en = "The service has no such parameter, or it cannot take this value"
    title_zh = "该服务没有此参数，或参数取值无效"


class ParameterMissing(Refused):
    """The document leaves a number open that the contract must fill (R-014, R-107)."""

    code = "PARAMETER_MISSING"
    rule = "R-014"
    title_en = "The contract must fill a number that the service document leaves open"
    title_zh = "须在合同中填写服务说明书留空的参数"


class ConditionUnknown(Refused):
    """Only conditional deliverables have a condition (R-043)."""

    code = "CONDITION_UNKNOWN"
    rule = "R-043"
    title_en = "The service has no conditional deliverable of this name"
    title_zh = "该服务没有此名称的按条件提供的交付物"
