"""The words of the published language that more than one service shows to people, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from shared.kernel.actors import Side

CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


class Words(NamedTuple):
    """The same in Chinese and in English."""

    zh: str
    en: str


SIDES: dict[str, Words] = {"customer": Words("甲方", "customer"), "provider": Words("乙方", "provider")}
ROLES: dict[str, Words] = {
    "project_manager": Words("项目经理", "project manager"),
    "acceptor": Words("验收人", "acceptor"),
    "signatory": Words("签署人", "signatory"),
    "business_owner": Words("业务负责人", "business owner"),
    "project_director": Words("项目总监", "project director"),
    "steering_committee": Words("项目领导委员会", "steering committee"),
}
# On what an acceptance rests.
BASES: dict[str, Words] = {
    "explicit": Words("验收通过", "accepted"),
    "silence": Words("期满未反馈，视为验收通过", "deemed accepted by silence"),
    "use": Words("已实际使用，视为验收通过", "deemed accepted by use"),
    "time": Words("服务期满完成", "completed by time"),
    "alternative": Words("替代条件成就，视为完成", "completed on alternative grounds"),
}
# The forms of acceptance.
FORMS: dict[str, Words] = {
    "written": Words("书面确认", "written confirmation"),
    "email": Words("邮件确认", "confirmation by e-mail"),
    "online_button": Words("点击验收确认按钮", "online acceptance button"),
    "online_click": Words("线上点击确认", "online click"),
    "online_confirmation": Words("在线确认", "online confirmation"),
    "console": Words("控制台确认", "console confirmation"),
    "signature": Words("签字", "signature"),
    "signature_both": Words("双方签署", "signature by both sides"),
    "seal": Words("盖章", "seal"),
    "signed_form": Words("签署服务确认单", "signed confirmation form"),
    "signed_test_report": Words("签署测试报告", "signed test report"),
    "joint_confirmation": Words("双方共同确认", "joint confirmation"),
    "confirmation": Words("确认", "confirmation"),
    "evaluation": Words("服务评价", "evaluation"),
}


def words(table: Mapping[str, Words], key: str) -> Words:
    """The words for a key; the key itself where the table has none, so that nothing is hidden."""
    return table.get(key, Words(key, key))


def listed(table: Mapping[str, Words], keys: Iterable[str]) -> Words:
    """Several keys by name."""
    found = [words(table, key) for key in keys]
    return Words("、".join(one.zh for one in found), ", ".join(one.en for one in found))


def no_role_held(roles: Iterable[str], side: Side) -> Words:
    """Why an act of a person of the right side does not count (R-426): nobody who could do this."""
    names, whose = listed(ROLES, roles), SIDES[side]
    return Words(
        f"收到时未担任所需角色（{whose.zh}{names.zh}）",
        f"no needed role was held on receipt ({whose.en}: {names.en})",
    )


def in_each_language(text: str) -> Words:
    """Both halves of a stored text `Chinese / English`; one that is not of this form is the same in both.

    The English half is the one without Chinese: a name in the Chinese half may hold the separator too.
    """
    for found in re.finditer(" / ", text):
        zh, en = text[: found.start()], text[found.end() :]
        if CHINESE.search(zh) and not CHINESE.search(en):
            return Words(zh, en)
    return Words(text, text)
