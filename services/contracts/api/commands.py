"""Stage 1, inwards: a request of a party -> a command on its contract.

The body of most requests is the command itself; where the path names a change, a risk, an extension or a milestone, a
small function puts path and body together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from services.contracts.domain.base import SignatureBody
from services.contracts.domain.changes.commands import (
    AssessChange,
    AssessmentBody,
    ReasonBody,
    RequestChange,
    SignChange,
    SignSupplement,
    WithdrawChange,
)
from services.contracts.domain.drafting.commands import DraftContract, ReviseDraft
from services.contracts.domain.risks.commands import AnswerRisk, NotifyRisk, RiskAnswerBody
from services.contracts.domain.roles.commands import AppointRole, RevokeRole
from services.contracts.domain.schedule.commands import AgreeExtension, DelayBody, ExplainDelay, ProposeExtension
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.streams import change_stream, contract_stream, risk_stream
from shared.commands.command import Command
from shared.public_events.scopes import contract_scope
from shared.web.routes import CommandCall, CommandRoute

TAG = "contracts"

Compose = Callable[[CommandCall, Any], Struct]
StreamOf = Callable[[str, CommandCall, Any], str]


def _body_is_command(call: CommandCall, body: Struct) -> Struct:
    return body


def _of_contract(contract: str, call: CommandCall, body: Struct) -> str:
    return contract_stream(contract)


def _of_change(contract: str, call: CommandCall, body: Any) -> str:
    return change_stream(contract, call.path.get("change") or body.change)


def _of_risk(contract: str, call: CommandCall, body: Any) -> str:
    return risk_stream(contract, call.path.get("risk") or body.risk)


def _to_command(compose: Compose, stream_of: StreamOf) -> Callable[[CommandCall, Any], Command[Any]]:
    """The `to_command` of a route below `/contracts/{contract}`."""

    def to_command(call: CommandCall, body: Any) -> Command[Any]:
        contract = call.path["contract"]
        return Command(
            scope=contract_scope(contract),
            stream=stream_of(contract, call, body),
            context=call.context,
            body=compose(call, body),
        )

    return to_command


def draft_to_command(call: CommandCall, body: DraftContract) -> Command[Any]:
    """A draft names its contract in the body, since there is no path to it yet."""
    return Command(
        scope=contract_scope(body.contract),
        stream=contract_stream(body.contract),
        context=call.context,
        body=body,
    )


def _sign(call: CommandCall, body: SignatureBody) -> Struct:
    return SignContract(signature=body)


def _assess(call: CommandCall, body: AssessmentBody) -> Struct:
    return AssessChange(change=call.path["change"], assessment=body)


def _sign_change(call: CommandCall, body: SignatureBody) -> Struct:
    return SignChange(change=call.path["change"], signature=body)


def _sign_supplement(call: CommandCall, body: SignatureBody) -> Struct:
    return SignSupplement(change=call.path["change"], signature=body)


def _withdraw(call: CommandCall, body: ReasonBody) -> Struct:
    return WithdrawChange(change=call.path["change"], reason=body.reason)


def _agree(call: CommandCall, body: SignatureBody) -> Struct:
    return AgreeExtension(extension=call.path["extension"], signature=body)


def _explain(call: CommandCall, body: DelayBody) -> Struct:
    return ExplainDelay(milestone=call.path["milestone"], delay=body)


def _answer_risk(call: CommandCall, body: RiskAnswerBody) -> Struct:
    return AnswerRisk(risk=call.path["risk"], answer=body)


def _route(
    path: str,
    operation_id: str,
    body: type[Struct],
    summary_en: str,
    summary_zh: str,
    rules: tuple[str, ...],
    *,
    compose: Compose = _body_is_command,
    stream_of: StreamOf = _of_contract,
    location: str = "",
) -> CommandRoute:
    """A command route below `/contracts/{contract}`."""
    return CommandRoute(
        path="/contracts/{contract}" + path,
        operation_id=operation_id,
        body=body,
        to_command=_to_command(compose, stream_of),
        summary_en=summary_en,
        summary_zh=summary_zh,
        rules=rules,
        tag=TAG,
        location=location,
    )


COMMAND_ROUTES: tuple[CommandRoute, ...] = (
    CommandRoute(
        path="/contracts",
        operation_id="draftContract",
        body=DraftContract,
        to_command=draft_to_command,
        summary_en="Draft a contract from a published catalogue revision",
        summary_zh="依据已发布的目录版本起草合同",
        rules=("R-014", "R-020", "R-071", "R-222", "R-440"),
        tag=TAG,
        location="/contracts/{contract}",
        makes="drafts",
    ),
    _route(
        "/revisions",
        "reviseDraft",
        ReviseDraft,
        "Replace the draft; earlier signatures are void",
        "修改草稿（已有签署失效）",
        ("R-425",),
    ),
    _route(
        "/signatures",
        "signContract",
        SignatureBody,
        "Sign the terms for your side",
        "代表本方签署合同",
        ("R-425", "R-423"),
        compose=_sign,
    ),
    _route(
        "/roles",
        "appointRole",
        AppointRole,
        "Name a person of your side",
        "指定本方人员",
        ("R-072", "R-422", "R-423"),
    ),
    _route(
        "/roles/revocations",
        "revokeRole",
        RevokeRole,
        "End a role of your side",
        "撤销本方人员",
        ("R-422", "R-427"),
    ),
    _route(
        "/changes",
        "requestChange",
        RequestChange,
        "Submit a complete change form",
        "提交《项目变更控制申请单》",
        ("R-200", "R-201", "R-205", "R-207"),
        stream_of=_of_change,
    ),
    _route(
        "/changes/{change}/assessments",
        "assessChange",
        AssessmentBody,
        "Say whether a change is feasible",
        "评估变更可行性",
        ("R-202",),
        compose=_assess,
        stream_of=_of_change,
    ),
    _route(
        "/changes/{change}/signatures",
        "signChange",
        SignatureBody,
        "Sign a change form for your side",
        "代表本方签署变更单",
        ("R-203", "R-425"),
        compose=_sign_change,
        stream_of=_of_change,
    ),
    _route(
        "/changes/{change}/supplement-signatures",
        "signSupplement",
        SignatureBody,
        "Sign the supplementary agreement of a price change",
        "签署价款变更的补充协议或采购订单",
        ("R-204", "R-425"),
        compose=_sign_supplement,
        stream_of=_of_change,
    ),
    _route(
        "/changes/{change}/withdrawal",
        "withdrawChange",
        ReasonBody,
        "Take a change form back before it is decided",
        "撤回尚未决定的变更单",
        ("R-203",),
        compose=_withdraw,
        stream_of=_of_change,
    ),
    _route(
        "/extensions",
        "proposeExtension",
        ProposeExtension,
        "Propose to move milestones or running reviews",
        "提议顺延",
        ("R-114",),
    ),
    _route(
        "/extensions/{extension}/agreement",
        "agreeExtension",
        SignatureBody,
        "Agree to an extension that the other side proposed",
        "同意对方提议的顺延",
        ("R-114", "R-425"),
        compose=_agree,
    ),
    _route(
        "/milestones/{milestone}/delays",
        "explainDelay",
        DelayBody,
        "State the cause of a late milestone",
        "说明里程碑延误原因",
        ("R-114",),
        compose=_explain,
    ),
    _route(
        "/risks",
        "notifyRisk",
        NotifyRisk,
        "Report a factor that endangers the plan",
        "通报风险",
        ("R-215",),
        stream_of=_of_risk,
    ),
    _route(
        "/risks/{risk}/answers",
        "answerRisk",
        RiskAnswerBody,
        "Answer a risk notice within three days",
        "三日内答复风险通报",
        ("R-216", "R-217"),
        compose=_answer_risk,
        stream_of=_of_risk,
    ),
)
