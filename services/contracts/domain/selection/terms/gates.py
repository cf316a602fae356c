"""What a contract rests on (R-026, R-027): contracts of the same parties that it names, looked at as they stand.

They are read under the lock that the draft or the signature is written under. What acceptance has not told yet is not
there: the gate can open later, never too early.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, Struct

from services.contracts.domain.selection.errors import EarlierContractUnknown, NotSoldAlone, NotYetAccepted
from services.contracts.domain.state import Draft, Signed
from shared.catalogue.format.model import Prerequisite, Service
from shared.commands.service import Facts
from shared.public_events.scopes import contract_scope

FIELD = "/after_contracts"


class Earlier(Struct, frozen=True, kw_only=True):
    """A contract that another one rests on: what it is about, whether it is signed, and what is accepted of it."""

    service: str
    editions: tuple[str, ...]
    signed: bool
    accepted: frozenset[str] = frozenset()


def earlier_contracts(
    contract: str, names: Iterable[str], organisations: tuple[str, str], facts: Facts
) -> tuple[Earlier, ...]:
    """The named contracts; one of other parties is answered as one that does not exist (R-424).

    `organisations` are customer and provider. Raises EarlierContractUnknown.
    """
    found: list[Earlier] = []
    for index, name in enumerate(names):
        state = facts[contract_scope(name)]
        if name == contract or not isinstance(state, Draft | Signed) or state.terms.organisations != organisations:
            raise EarlierContractUnknown(name, field=f"{FIELD}/{index}")
        found.append(_earlier(state))
    return tuple(found)


def check_gates(service: Service, chosen: frozenset[str], earlier: Iterable[Earlier], *, signing: bool = False) -> None:
    """Raises NotSoldAlone and NotYetAccepted; for a signature what is bought together has to be signed before."""
    known = tuple(one for one in earlier if one.signed or not signing)
    had = {f"{service.id}:{edition}" for edition in chosen}
    for one in known:
        had |= {one.service, *(f"{one.service}:{edition}" for edition in one.editions)}
    for group in _alternatives(service, chosen, "service_bought", "edition_bought"):
        if not any(needed.of in had for needed in group):
            raise NotSoldAlone(" / ".join(f"{needed.of_zh or ''} {needed.of}".strip() for needed in group), field=FIELD)
    accepted = {f"{one.service}:{deliverable}" for one in known for deliverable in one.accepted}
    for group in _alternatives(service, chosen, "deliverable_accepted"):
        if not any(needed.of in accepted for needed in group):
            raise NotYetAccepted(
                " / ".join(f"{needed.of_zh or ''} {needed.of}".strip() for needed in group), field=FIELD
            )


def _earlier(state: Draft | Signed) -> Earlier:
    terms = state.terms
    if isinstance(state, Draft):
        return Earlier(service=terms.catalog_service, editions=terms.editions, signed=False)
    accepted = (item.deliverables for item in terms.items if state.items[item.item_id].accepted)
    return Earlier(
        service=terms.catalog_service,
        editions=terms.editions,
        signed=True,
        accepted=frozenset(deliverable for deliverables in accepted for deliverable in deliverables),
    )


def _alternatives(service: Service, chosen: frozenset[str], *kinds: str) -> list[list[Prerequisite]]:
    """Prerequisites of these kinds for what was chosen; those of one group are alternatives."""
    groups: dict[str, list[Prerequisite]] = {}
    for position, entry in enumerate(service.prerequisites):
        if entry.kind in kinds and (entry.editions is UNSET or not chosen.isdisjoint(entry.editions)):
            groups.setdefault(entry.group or f"#{position}", []).append(entry)
    return list(groups.values())
