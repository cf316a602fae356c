"""Signatures: the first one stays with the draft, with the second one the terms hold."""

from __future__ import annotations

from msgspec.structs import replace

from services.contracts.domain.progress.state import ItemProgress
from services.contracts.domain.schedule.state import MilestoneProgress
from services.contracts.domain.signing.events import ContractSigned, SideSigned
from services.contracts.domain.state import Draft, Signed


def side_signed(state: Draft, event: SideSigned) -> Draft:
    """Fold the signature of one side."""
    return replace(state, signatures=(*state.signatures, event.signature))


def contract_signed(state: Draft, event: ContractSigned) -> Signed:
    """Fold the signing: every milestone and item of the terms begins."""
    return Signed(
        contract=state.contract,
        terms=event.terms,
        roles=state.roles,
        signatures=event.signatures,
        warnings=state.warnings,
        asked_sha256=state.asked_sha256,
        milestones={term.milestone_id: MilestoneProgress() for term in event.terms.milestones},
        items={term.item_id: ItemProgress() for term in event.terms.items},
    )
