"""A defect of the ledger that a run plants: no deadline of certain contracts can be decided, whoever asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from shared.commands.command import Command
from shared.commands.decision import Decision
from shared.commands.service import Facts, Service
from shared.deadlines.commands import DeadlineElapsed
from shared.public_events.scopes import contract_scope

DEFECTIVE: Final = "acceptance"
# How the names of the contracts begin that have it.
PREFIX: Final = "DEFECT-"


def plant() -> None:
    """Put it into the acceptance service of this process."""
    from services.acceptance import part

    part.ACCEPTANCE_PART = replace(part.ACCEPTANCE_PART, service=with_defect(part.ACCEPTANCE_PART.service))


def with_defect(service: Service[Any]) -> Service[Any]:
    """The service, but for the deadlines of those contracts."""

    def decide(state: Any, command: Command[Any], facts: Facts) -> Decision:
        if isinstance(command.body, DeadlineElapsed) and command.scope.startswith(contract_scope(PREFIX)):
            raise ArithmeticError("a defect that was planted")
        return service.decide(state, command, facts)

    return replace(service, decide=decide)
