"""Drafting: a catalogue revision and what the parties fill in become the terms that both sides will sign."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from services.contracts.domain.authority import Act, act_of_party
from services.contracts.domain.catalogue.terms import check_carried
from services.contracts.domain.computable import check_terms
from services.contracts.domain.drafting.commands import DraftBody, DraftContract, ReviseDraft
from services.contracts.domain.drafting.errors import PartiesFixed
from services.contracts.domain.drafting.events import ContractDrafted, DraftRevised, PlanningWarning
from services.contracts.domain.drafting.terms.drafted import draft_terms
from services.contracts.domain.drafting.terms.parameters import parameters_of, plan_of
from services.contracts.domain.drafting.terms.planning import planning_warnings
from services.contracts.domain.errors import IdTaken, NotADraft, NotAParty
from services.contracts.domain.facts import calendar_of, catalogue_entry, service_document
from services.contracts.domain.roles.terms import first_holders
from services.contracts.domain.schedule.terms import planned_terms
from services.contracts.domain.selection.terms.choosing import chosen_editions
from services.contracts.domain.selection.terms.composing import checked, composed, request_of, wanted_of
from services.contracts.domain.selection.terms.gates import check_gates, earlier_contracts
from services.contracts.domain.state import Absent, Draft, Signed
from services.contracts.domain.streams import contract_stream
from shared.catalogue.selection.answer import DraftPart
from shared.catalogue.selection.request import SelectionRequest
from shared.commands.command import Context
from shared.commands.decision import UNCHANGED, Decision, Outcome
from shared.commands.service import Facts
from shared.kernel.instants import beijing_date
from shared.messages import canonical
from shared.public_events.terms import DeclaredTerm, RoleHolder, Terms


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
        roles=_holders(body, act),
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
    revised = DraftRevised(terms=terms, roles=_holders(body, act), warnings=warnings, asked_sha256=asked)
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
    request = request_of(body.catalog_service, body.editions, body.conditions, body.selection)
    wanted = wanted_of(request, body.catalog_service, body.editions)
    chosen = chosen_editions(wanted.editions, document) | wanted.options.keys()
    organisations = (body.customer.organisation, body.provider.organisation)
    check_gates(entry.service, chosen, earlier_contracts(contract, body.after_contracts, organisations, facts))
    check_carried(entry.service, chosen)
    if body.selection is None or body.selection.request is None:
        # For its named refusals: the draft itself says everything.
        draft_terms(contract, version, body, document, revision, sha256)
    part = checked(composed(request, entry, facts), wanted, entry, body.selection, body.conditions)
    terms = draft_terms(contract, version, with_selection(body, part), document, revision, sha256)
    # Planned as if it were signed today, so that what cannot be counted is refused now and not at signing.
    today = beijing_date(context.received_at)
    check_terms(terms, today, calendar)
    planned_terms(terms, today, calendar)
    act = act_of_party(terms.customer, terms.provider, context)
    return act, declared(terms, request, act), planning_warnings(terms, document)


def with_selection(body: DraftBody, part: DraftPart) -> DraftBody:
    """The draft with everything that the selection says, whether it was repeated or not."""
    selection = body.selection
    if selection is not None:
        given = part.selection
        selection = replace(
            selection,
            selection_sha256=given.selection_sha256,
            options=given.options,
            quantities=given.quantities,
            chosen_items=given.chosen_items,
            readings=given.readings,
            start_on=given.start_on,
            start_agreed=given.start_agreed,
        )
    return replace(body, editions=part.editions, conditions={**body.conditions, **part.conditions}, selection=selection)


def _holders(body: DraftBody, act: Act) -> tuple[RoleHolder, ...]:
    return first_holders(body.roles, act.context.actor.issuer, act.received_at)


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
    return Outcome(data=data, made=ids_of(terms), parameters=parameters_of(plan_of(terms)))


def ids_of(terms: Terms) -> dict[str, tuple[str, ...]]:
    """What later acts name: everything in the terms that has an id, by kind."""
    return {
        "items": tuple(item.item_id for item in terms.items),
        "deliverables": tuple(deliverable.deliverable_id for deliverable in terms.deliverables),
        "milestones": tuple(milestone.milestone_id for milestone in terms.milestones),
        "payment_lines": tuple(line.line_id for line in terms.payment_lines),
    }
