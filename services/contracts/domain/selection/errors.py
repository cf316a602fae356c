"""The refusals of a selection: unknown, not chosen rightly, not what the catalogue gives, resting on nothing."""

from __future__ import annotations

from shared.kernel.errors import Refused


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
