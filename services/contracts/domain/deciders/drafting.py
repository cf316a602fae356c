"""Drafting: a catalogue revision and what the parties fill in become the terms that both sides will sign."""

from __future__ import annotations

from collections import Counter

from msgspec import UNSET
from msgspec.structs import replace

from services.contracts.domain.authority import Act, act_of_party
from services.contracts.domain.carrying import check_carried
from services.contracts.domain.choosing import chosen_editions
from services.contracts.domain.commands import DraftBody, DraftContract, ReviseDraft, RoleBody
from services.contracts.domain.computable import check_terms
from services.contracts.domain.errors import (
    IdTaken,
    NotADraft,
    NotAParty,
    PartiesFixed,
    PersonOfBothSides,
    RoleHeldByOne,
    RoleMissing,
    RoleNotOfSide,
)
from services.contracts.domain.events import ContractDrafted, DraftRevised, PlanningWarning
from services.contracts.domain.facts import calendar_of, catalogue_entry, service_document
from services.contracts.domain.gates import check_gates, earlier_contracts
from services.contracts.domain.planning import planning_warnings
from services.contracts.domain.schedule import planned_terms
from services.contracts.domain.selecting import checked, composed, request_of, wanted_of, with_selection
from services.contracts.domain.state import Absent, Draft, Signed
from services.contracts.domain.streams import contract_stream
from services.contracts.domain.terms import draft_terms
from shared.catalogue.selection.request import SelectionRequest
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.kernel.actors import Side
from shared.kernel.instants import beijing_date
from shared.messages import canonical
from shared.public_events.roles import ROLES_OF_ONE
from shared.public_events.terms import DeclaredTerm, RoleHolder, RoleName, Terms

# without these nobody could sign, manage or accept.
NEEDED_ROLES: tuple[tuple[Side, RoleName], ...] = (
    ("customer", "signatory"),
    ("customer", "project_manager"),
    ("customer", "acceptor"),
    ("provider", "signatory"),
    ("provider", "project_manager"),
)
CUSTOMER_ROLES: frozenset[RoleName] = frozenset({"acceptor"})


def draft_contract(state: Absent | Draft | Signed, body: DraftContract, context: Context, facts: Facts) -> Decision:
    """A new contract. Anybody of a party may draft: nothing holds before both sides have signed."""
    if context.actor.organisation not in (body.customer.organisation, body.provider.organisation):
        raise NotAParty
    asked = _asked_sha256(body)
    if not isinstance(state, Absent):
        if state.asked_sha256 == asked:
            return UNCHANGED
        raise IdTaken(body.contract, field="/contract")
    act, terms, warnings = _drafted(body.contract, 1, body, context, facts)
    drafted = ContractDrafted(
        contract=body.contract,
        terms=terms,
        roles=first_holders(body.roles, act),
        warnings=warnings,
        asked_sha256=asked,
    )
    return Decision(events=(act.proposes(contract_stream(body.contract), drafted),), outcome=_outcome(terms, warnings))


def revise_draft(state: Draft | Signed, body: ReviseDraft, context: Context, facts: Facts) -> Decision:
    """The whole draft anew, at the next version; the parties stay."""
    if not isinstance(state, Draft):
        raise NotADraft
    act_of_party(state.terms.customer, state.terms.provider, context)
    asked = _asked_sha256(body)
    if state.asked_sha256 == asked:
        return UNCHANGED
    act, terms, warnings = _drafted(state.contract, state.terms.version + 1, body, context, facts)
    if terms.organisations != state.terms.organisations:
        raise PartiesFixed(field="/customer/organisation")
    revised = DraftRevised(terms=terms, roles=first_holders(body.roles, act), warnings=warnings, asked_sha256=asked)
    return Decision(events=(act.proposes(contract_stream(state.contract), revised),), outcome=_outcome(terms, warnings))


def _asked_sha256(body: DraftBody) -> str:
    """The hash of what was asked for, whatever contract it was asked for under."""
    return canonical.sha256({name: getattr(body, name) for name in DraftBody.__struct_fields__})


def _drafted(
    contract: str, version: int, body: DraftBody, context: Context, facts: Facts
) -> tuple[Act, Terms, tuple[PlanningWarning, ...]]:
    """Who drafts, the terms, and what planning should see.

    What the contract rests on comes first, then what the ledger cannot carry out, then the selection.
    """
    calendar = calendar_of(facts, body.calendar)
    document, revision, sha256 = service_document(facts, body.catalog_service, body.catalog_revision)
    entry = catalogue_entry(facts, body.catalog_service, revision)
    request = request_of(body)
    wanted = wanted_of(request, body)
    chosen = chosen_editions(wanted.editions, document) | wanted.options.keys()
    organisations = (body.customer.organisation, body.provider.organisation)
    check_gates(entry.service, chosen, earlier_contracts(contract, body.after_contracts, organisations, facts))
    check_carried(entry.service, chosen)
    if body.selection is None or body.selection.request is None:
        # For its named refusals: the draft itself says everything.
        draft_terms(contract, version, body, document, revision, sha256)
    part = checked(composed(request, entry, facts), wanted, entry, body)
    terms = draft_terms(contract, version, with_selection(body, part), document, revision, sha256)
    # Planned as if it were signed today, so that what cannot be counted is refused now and not at signing.
    today = beijing_date(context.received_at)
    check_terms(terms, today, calendar)
    planned_terms(terms, today, calendar)
    act = act_of_party(terms.customer, terms.provider, context)
    return act, declared(terms, request, act), planning_warnings(terms, document)


def declared(terms: Terms, request: SelectionRequest, act: Act) -> Terms:
    """The terms with what the drafter declares and no ledger knows (R-028): both sides sign it."""
    if terms.selection is UNSET:
        return terms
    actor = act.context.actor
    said = DeclaredTerm(owned_products=request.owned_products, by=act.side, issuer=actor.issuer, subject=actor.subject)
    return replace(terms, selection=replace(terms.selection, declared=said))


def _outcome(terms: Terms, warnings: tuple[PlanningWarning, ...]) -> Outcome:
    data: dict[str, str | int] = {
        "contract": terms.contract,
        "terms_version": terms.version,
        "terms_sha256": canonical.sha256(terms),
    }
    for number, warning in enumerate(warnings, start=1):
        data[f"warning_{number}"] = f"{warning.rule} {warning.about}: {warning.text_zh} / {warning.text_en}"
    return Outcome(data=data)


def first_holders(roles: tuple[RoleBody, ...], act: Act) -> tuple[RoleHolder, ...]:
    """The first people of both sides (R-071, R-072, R-422, R-423)."""
    holders = tuple(
        RoleHolder(
            role=role.role,
            side=role.side,
            issuer=role.issuer or act.context.actor.issuer,
            subject=role.subject,
            name=role.name,
            held_from=act.received_at,
        )
        for role in roles
    )
    counts = Counter((holder.side, holder.role) for holder in holders)
    for side, needed in NEEDED_ROLES:
        if not counts[side, needed]:
            raise RoleMissing(f"{side} {needed}", field="/roles")
    for index, holder in enumerate(holders):
        check_role(holder.role, holder.side, f"/roles/{index}")
        if holder.role in ROLES_OF_ONE and counts[holder.side, holder.role] > 1:
            raise RoleHeldByOne(f"{holder.side} {holder.role}", field=f"/roles/{index}")
        check_one_side(holder, holders, f"/roles/{index}")
    return holders


def check_role(role: RoleName, side: Side, field: str) -> None:
    """Only the customer has an acceptor (R-072)."""
    if role in CUSTOMER_ROLES and side != "customer":
        raise RoleNotOfSide(f"{side} {role}", field=field)


def check_one_side(holder: RoleHolder, others: tuple[RoleHolder, ...], field: str) -> None:
    """Nobody holds roles of both sides, now or later (R-423)."""
    person = (holder.issuer, holder.subject)
    if any((other.issuer, other.subject) == person and other.side != holder.side for other in others):
        raise PersonOfBothSides(holder.subject, field=field)
