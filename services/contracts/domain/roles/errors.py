"""The refusals about people in roles (R-071, R-072, R-422, R-423)."""

from __future__ import annotations

from shared.kernel.errors import Refused


class PersonOfBothSides(Refused):
    """One person holds no roles of both sides (R-423)."""

    code = "PERSON_OF_BOTH_SIDES"
    rule = "R-423"
    title_en = "One person cannot hold roles of both sides"
    title_zh = "同一人不得同时担任双方角色"


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


class RoleNotOfSide(Refused):
    """The acceptor is a person of the customer (R-072)."""

    code = "ROLE_NOT_OF_SIDE"
    rule = "R-072"
    title_en = "Only the customer has an acceptor"
    title_zh = "只有甲方可指定验收人"
