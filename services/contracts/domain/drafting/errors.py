"""The refusals of a draft: parties, parameters, conditions."""

from __future__ import annotations

from shared.kernel.errors import Refused


class PartiesNotDistinct(Refused):
    """A contract has two different organisations (R-423)."""

    code = "PARTIES_NOT_DISTINCT"
    rule = "R-423"
    title_en = "Customer and provider must be different organisations"
    title_zh = "甲方与乙方不得为同一组织"


class PartiesFixed(Refused):
    """A revision keeps the parties; another pair of organisations is another contract."""

    code = "PARTIES_FIXED"
    rule = "R-421"
    title_en = "A draft keeps its parties; draft another contract for other organisations"
    title_zh = "草稿的当事方不可更换；如当事方不同请另行起草合同"


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
