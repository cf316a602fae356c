"""What can be asked of contracts: the acts of the parties, as they arrive over HTTP, and those of the mechanism."""

from __future__ import annotations

from services.contracts.domain.changes.commands import (
    AssessChange,
    RequestChange,
    SignChange,
    SignSupplement,
    WithdrawChange,
)
from services.contracts.domain.drafting.commands import DraftContract, ReviseDraft
from services.contracts.domain.risks.commands import AnswerRisk, NotifyRisk
from services.contracts.domain.roles.commands import AppointRole, RevokeRole
from services.contracts.domain.schedule.commands import AgreeExtension, ExplainDelay, ProposeExtension
from services.contracts.domain.signing.commands import SignContract
from shared.deadlines.commands import DeadlineElapsed, RecomputeDeadline

CommandBody = (
    DraftContract
    | ReviseDraft
    | SignContract
    | AppointRole
    | RevokeRole
    | RequestChange
    | AssessChange
    | SignChange
    | SignSupplement
    | WithdrawChange
    | ProposeExtension
    | AgreeExtension
    | ExplainDelay
    | NotifyRisk
    | AnswerRisk
    | DeadlineElapsed
    | RecomputeDeadline
)

# The names under which acts are recorded where they do not count.
ACT_NAMES: dict[type, str] = {
    DraftContract: "draft_contract",
    ReviseDraft: "revise_draft",
    SignContract: "sign_contract",
    AppointRole: "appoint_role",
    RevokeRole: "revoke_role",
    RequestChange: "request_change",
    AssessChange: "assess_change",
    SignChange: "sign_change",
    SignSupplement: "sign_supplement",
    WithdrawChange: "withdraw_change",
    ProposeExtension: "propose_extension",
    AgreeExtension: "agree_extension",
    ExplainDelay: "explain_delay",
    NotifyRisk: "notify_risk",
    AnswerRisk: "answer_risk",
}
