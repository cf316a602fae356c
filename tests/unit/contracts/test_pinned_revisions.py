"""An order keeps the catalogue revision that it pinned while the catalogue moves on (R-014, R-020)."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from services.contracts.domain.catalogue.state import Revision, ServiceRevisions
from services.contracts.domain.drafting.events import ContractDrafted
from shared.messages import canonical
from tests.unit.contracts import world
from tests.unit.contracts.world import (
    C_SIGNATORY,
    P_MANAGER,
    P_SIGNATORY,
    draft,
    drafted,
    empty,
    in_force,
    signature_of_terms,
    signed,
)


def revised(service: str) -> Revision:
    """A second revision of a service, in which every review takes eight working days."""
    period = {"value": 8, "unit": "working_day"}
    document: dict[str, Any] = json.loads(world.document(service))
    for item in document["acceptance"]:
        item["review_period"] = period
    encoded = canonical.encode(document)
    return Revision(content_sha256=canonical.sha256_of_bytes(encoded), document=encoded)


def test_r_014_r_020_an_order_keeps_its_revision_while_the_catalogue_moves_on() -> None:
    spec = signed()
    before = in_force(spec).terms
    known = spec.facts["service/alibaba-1"]
    moved_on = ServiceRevisions(revisions={**known.revisions, 2: revised("alibaba-1")})
    facts = {**spec.facts, "service/alibaba-1": moved_on, "calendar/cn": spec.facts["calendar/cn"]}
    spec.facts = facts
    assert in_force(spec).terms == before and before.catalog_revision == 1
    assert before.items[0].review_period == "5wd"

    later, pinned = empty(), empty()
    later.facts = pinned.facts = facts
    newest = later.when(draft(), actor=P_MANAGER).event(ContractDrafted).terms
    assert (newest.catalog_revision, newest.items[0].review_period) == (2, "8wd")
    kept = pinned.when(draft(catalog_revision=1), actor=P_MANAGER).event(ContractDrafted).terms
    assert (kept.catalog_revision, kept.items[0].review_period) == (1, "5wd")
    assert kept == replace(before, signed_on=None, milestones=kept.milestones)


def test_r_014_a_draft_of_an_old_revision_is_signed_as_it_was_drafted() -> None:
    spec = drafted()
    drafted_terms = spec.event(ContractDrafted).terms
    known = spec.facts["service/alibaba-1"]
    spec.facts = {
        **spec.facts,
        "service/alibaba-1": ServiceRevisions(revisions={**known.revisions, 2: revised("alibaba-1")}, retired=True),
    }
    sign = signature_of_terms(spec)
    spec.when(sign, actor=P_SIGNATORY).after().when(sign, actor=C_SIGNATORY).after()
    assert in_force(spec).terms.catalog_sha256 == drafted_terms.catalog_sha256
    assert in_force(spec).terms.items == drafted_terms.items
