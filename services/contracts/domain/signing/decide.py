"""Signing: each side signs the hash of the terms and the version it was shown; with the second signature they hold."""

from __future__ import annotations

from msgspec import UNSET

from services.contracts.domain.authority import Act, act_as_signatory, check_covers
from services.contracts.domain.catalogue.terms import check_carried
from services.contracts.domain.computable import check_terms
from services.contracts.domain.deadlines import Cause
from services.contracts.domain.errors import NotADraft
from services.contracts.domain.facts import calendar_of, catalogue_entry
from services.contracts.domain.schedule.consequences import first_deadlines
from services.contracts.domain.schedule.terms import planned_terms
from services.contracts.domain.selection.errors import SelectionDiffers
from services.contracts.domain.selection.terms.gates import check_gates, earlier_contracts
from services.contracts.domain.signing.commands import SignContract
from services.contracts.domain.signing.events import ContractSigned, SideSigned
from services.contracts.domain.state import Draft, Signed
from services.contracts.domain.streams import contract_stream
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.kernel.ids import event_id
from shared.kernel.instants import beijing_date
from shared.messages import canonical
from shared.messages.events import NewEvent
from shared.public_events.terms import RoleHolder, Signature


def sign_contract(state: Draft | Signed, body: SignContract, context: Context, facts: Facts) -> Decision:
    """A signatory signs for the side of its organisation (R-423, R-425), and with it adopts the people named for it."""
    act = act_as_signatory(state, context)
    earlier = next((found for found in state.signatures if found.side == act.side), None)
    if earlier is not None and earlier.content_sha256 == body.signature.content_sha256:
        return UNCHANGED
    if not isinstance(state, Draft):
        raise NotADraft
    check_covers(body.signature, canonical.sha256(state.terms), state.terms.version)
    _check_carried_out(state, facts)
    signature = act.signs(body.signature)
    signed = act.proposes(contract_stream(state.contract), SideSigned(signature=signature, roles=_own(state, act)))
    if not state.signatures:
        return Decision(events=(signed,), outcome=Outcome(data={"signed_by": act.side}))
    return Decision(
        events=(signed, *_both_signed(state, act, (*state.signatures, signature), facts)),
        outcome=Outcome(data={"signed_by": "both"}),
    )


def _own(state: Draft, act: Act) -> tuple[RoleHolder, ...]:
    return tuple(held.holder for held in state.roles if held.holder.side == act.side)


def _check_carried_out(state: Draft, facts: Facts) -> None:
    """What is signed can be carried out, and rests on what is there (R-026, R-027, R-335); also a draft of long ago."""
    terms = state.terms
    entry = catalogue_entry(facts, terms.catalog_service, terms.catalog_revision, even_retired=True)
    chosen = frozenset(terms.editions)
    if terms.selection is not UNSET:
        chosen |= {option.of for option in terms.selection.options}
        if terms.selection.declared is UNSET:
            raise SelectionDiffers(
                "the draft was made before selections were composed again; revise it",
                zh="该草稿早于选购组合的复核规则，请先修改草稿",
            )
    names = () if terms.after_contracts is UNSET else terms.after_contracts
    earlier = earlier_contracts(state.contract, names, terms.organisations, facts)
    check_gates(entry.service, chosen, earlier, signing=True)
    check_carried(entry.service, chosen)


def _both_signed(state: Draft, act: Act, signatures: tuple[Signature, ...], facts: Facts) -> tuple[NewEvent, ...]:
    """T is the Beijing date of this, the later signature; the milestones are planned from it (R-105)."""
    calendar = calendar_of(facts, state.terms.calendar)
    signed_on = beijing_date(act.received_at)
    # A draft of an earlier build may state what nobody had counted.
    check_terms(state.terms, signed_on, calendar)
    terms = planned_terms(state.terms, signed_on, calendar)
    signed = ContractSigned(
        contract=state.contract,
        terms=terms,
        roles=tuple(held.holder for held in state.roles),
        signatures=signatures,
    )
    cause = Cause(
        tenant=act.context.tenant,
        at=act.received_at,
        # The signing is the second event of the decision, after the signature.
        trigger_event=event_id(act.context.command_id, 1),
        reason="signed",
    )
    stream = contract_stream(state.contract)
    return tuple(act.proposes(stream, event) for event in (signed, *first_deadlines(terms, signed_on, calendar, cause)))
