"""What the events of contracts say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.contracts.sentences.forms import Sentence, no_effect, plain, reasoned
from services.contracts.sentences.wording import DECISIONS, end_of, time_of
from shared.public_events import contracts as c
from shared.public_events.envelope import PublicEvent
from shared.public_events.terms import RoleHolder
from shared.public_events.words import ROLES, SIDES, Words

PROVISIONAL = Words("（暂定）", " (provisional)")


def _role(holder: RoleHolder) -> Words:
    side, role = SIDES[holder.side], ROLES[holder.role]
    return Words(f"{side.zh}{role.zh}", f"{role.en} of the {side.en}")


def _role_appointed(e: c.RoleAppointed) -> Sentence:
    who, since = _role(e.holder), time_of(e.holder.held_from)
    return Sentence("R-422", f"指定{who.zh}，自{since}起", f"A {who.en} is appointed from {since}")


def _role_revoked(e: c.RoleRevoked) -> Sentence:
    who, until = _role(e.holder), end_of(e.holder.held_to)
    return Sentence("R-427", f"{who.zh}职责终止于{until}", f"The role of a {who.en} ends at {until}")


def _extended(e: c.ContractExtended) -> Sentence:
    side, what = SIDES[e.cause_side], (*e.milestones, *e.items)
    return Sentence(
        "R-114",
        f"双方同意顺延{e.days}天（{'、'.join(what)}），原因（{side.zh}）：{e.cause}",
        f"Both sides extend {', '.join(what)} by {e.days} days; cause ({side.en}): {e.cause}",
    )


def _change_requested(e: c.ChangeRequested) -> Sentence:
    price = Words("，涉及价款", ", with a price change") if e.re_plan else Words("", "")
    unsure = PROVISIONAL if e.earliest_effect_provisional else Words("", "")
    return Sentence(
        "R-201",
        f"提交变更单{e.form_number}（{e.change}）{price.zh}，最早生效日{e.earliest_effect_on}{unsure.zh}",
        f"Change form {e.form_number} ({e.change}) is submitted{price.en};"
        f" earliest effect {e.earliest_effect_on}{unsure.en}",
    )


def _change_decided(e: c.ChangeDecided) -> Sentence:
    decision = DECISIONS[e.decision]
    on = Words(f"，生效日{e.effective_on}", f", in effect on {e.effective_on}") if e.effective_on else Words("", "")
    unsure = PROVISIONAL if e.provisional else Words("", "")
    return Sentence(
        "R-203",
        f"变更{e.change}{decision.zh}{on.zh}{unsure.zh}",
        f"Change {e.change} is {decision.en}{on.en}{unsure.en}",
    )


def _risk_answered(e: c.RiskAnswered) -> Sentence:
    late = Words("", "") if e.in_time else Words("（逾期）", " (late)")
    return Sentence(
        "R-216", f"甲方答复风险通报{e.risk}{late.zh}", f"The customer answers risk notice {e.risk}{late.en}"
    )


def _milestone_met(e: c.MilestoneMet) -> Sentence:
    late = Words("按期", "on time") if e.on_time else Words("逾期", "late")
    return Sentence("R-105", f"里程碑{e.milestone}{late.zh}达成", f"Milestone {e.milestone} is reached {late.en}")


def _settled(e: c.SettledThrough) -> Sentence:
    through = time_of(e.through)
    return Sentence("R-401", f"{through}之前收到的通知均已处理", f"Everything received before {through} is decided")


SENTENCES: dict[type[PublicEvent], Callable[[Any], Sentence]] = {
    c.ContractSigned: plain(
        "R-425", "双方签署合同，签署日（T）为{e.terms.signed_on}", "Both sides signed; T = {e.terms.signed_on}"
    ),
    c.ContractAmended: plain(
        "R-211", "变更{e.change}后合同条款第{e.terms.version}版", "Terms version {e.terms.version} by change {e.change}"
    ),
    c.ContractExtended: _extended,
    c.ContractCompleted: plain("R-322", "全部验收项终结，合同完成", "All items have ended: the contract is complete"),
    c.RoleAppointed: _role_appointed,
    c.RoleRevoked: _role_revoked,
    c.ChangeRequested: _change_requested,
    c.ChangeDecided: _change_decided,
    c.ChangeWithdrawn: plain("R-203", "变更{e.change}撤回", "Change {e.change} is withdrawn"),
    c.RePlanSent: plain("R-444", "变更{e.change}的价款方案提交结算", "The re-plan of change {e.change} is sent"),
    c.ChangeInEffect: plain(
        "R-204", "变更{e.change}自{e.effective_on}生效", "Change {e.change} is in effect since {e.effective_on}"
    ),
    c.ChangeFailed: reasoned(
        "R-444", "变更{e.change}未生效（{e.rule}）：{reason}", "Change {e.change} failed ({e.rule}): {reason}"
    ),
    c.RiskNotified: plain(
        "R-215", "乙方通报风险{e.risk}：{e.description}", "The provider reports risk {e.risk}: {e.description}"
    ),
    c.RiskAnswered: _risk_answered,
    c.MilestoneMet: _milestone_met,
    c.SettledThrough: _settled,
    c.ContractCommunicationWithoutEffect: no_effect,
}
