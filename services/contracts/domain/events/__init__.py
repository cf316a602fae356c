"""The private events of contracts.

TOPICs and field names are stored for ever (R-460): add fields with defaults, never rename or retype; a new shape is a
new `.v2` struct with an upcaster. Dates of terms and forms are Beijing days.
"""

from __future__ import annotations

from services.contracts.domain.events.changes import (
    ChangeApproved,
    ChangeAssessed,
    ChangeFailed,
    ChangeForm,
    ChangeFormSigned,
    ChangeNotFeasible,
    ChangeRequested,
    ChangeTookEffect,
    ChangeWithdrawn,
    ContractAmended,
    ReasonCode,
    RePlanSent,
    SupplementSigned,
)
from services.contracts.domain.events.contract import (
    ContractCompleted,
    ContractDrafted,
    ContractSigned,
    DraftRevised,
    PlanningWarning,
    RoleAppointed,
    RoleRevoked,
    SideSigned,
)
from services.contracts.domain.events.record import (
    CommunicationWithoutEffect,
    RiskAnswerConditional,
    RiskAnswered,
    RiskNotified,
    SettledThrough,
    SettlementAsked,
)
from services.contracts.domain.events.schedule import (
    ContractExtended,
    DelayExplained,
    ExtensionProposed,
    MilestoneReached,
)
from shared.deadlines.model import DEADLINE_EVENTS
from shared.messages.events import Event

CONTRACTS_EVENTS: tuple[type[Event], ...] = (
    ContractDrafted,
    DraftRevised,
    SideSigned,
    ContractSigned,
    ContractCompleted,
    RoleAppointed,
    RoleRevoked,
    ExtensionProposed,
    ContractExtended,
    MilestoneReached,
    DelayExplained,
    ChangeRequested,
    ChangeAssessed,
    ChangeFormSigned,
    SupplementSigned,
    ChangeApproved,
    ChangeNotFeasible,
    ChangeWithdrawn,
    RePlanSent,
    ContractAmended,
    ChangeTookEffect,
    ChangeFailed,
    RiskNotified,
    RiskAnswered,
    RiskAnswerConditional,
    SettlementAsked,
    SettledThrough,
    CommunicationWithoutEffect,
    *DEADLINE_EVENTS,
)

__all__ = [
    "CONTRACTS_EVENTS",
    "ChangeApproved",
    "ChangeAssessed",
    "ChangeFailed",
    "ChangeForm",
    "ChangeFormSigned",
    "ChangeNotFeasible",
    "ChangeRequested",
    "ChangeTookEffect",
    "ChangeWithdrawn",
    "CommunicationWithoutEffect",
    "ContractAmended",
    "ContractCompleted",
    "ContractDrafted",
    "ContractExtended",
    "ContractSigned",
    "DelayExplained",
    "DraftRevised",
    "ExtensionProposed",
    "MilestoneReached",
    "PlanningWarning",
    "RePlanSent",
    "ReasonCode",
    "RiskAnswerConditional",
    "RiskAnswered",
    "RiskNotified",
    "RoleAppointed",
    "RoleRevoked",
    "SettledThrough",
    "SettlementAsked",
    "SideSigned",
    "SupplementSigned",
]
