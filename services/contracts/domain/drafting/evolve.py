"""Drafts: the first one, and every later one, over which nobody has signed yet (R-425)."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.drafting.events import ContractDrafted, DraftRevised
from services.contracts.domain.roles.terms import held_since
from services.contracts.domain.state import Absent, Draft, State
from shared.kernel.instants import Instant


def drafted(state: State, event: ContractDrafted, recorded_at: Instant) -> Draft:
    """Fold the first draft of a contract."""
    if not isinstance(state, Absent):
        raise TypeError("a contract is drafted once")
    return Draft(
        contract=event.contract,
        terms=event.terms,
        roles=held_since(event.roles, recorded_at),
        warnings=event.warnings,
        asked_sha256=event.asked_sha256,
    )


def revised(state: Draft, event: DraftRevised, recorded_at: Instant) -> Draft:
    """Fold a draft that takes the place of the one before."""
    return replace(
        state,
        terms=event.terms,
        roles=held_since(event.roles, recorded_at),
        warnings=event.warnings,
        asked_sha256=event.asked_sha256,
        signatures=(),
    )
