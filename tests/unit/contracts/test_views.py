"""The views of contracts, folded from histories: what readers see is what was decided."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.contracts.api.reads import (
    read_contract,
    read_contracts,
    read_deadlines,
    read_due,
    read_terms,
    read_timeline,
)
from services.contracts.domain.errors import ContractUnknown
from services.contracts.domain.roles.commands import RevokeRole
from services.contracts.domain.state import State
from services.contracts.projections import VIEWS
from services.contracts.projections.deadlines import DEADLINES
from services.contracts.sentences import SENTENCES
from shared.deadlines.model import Deadline
from shared.kernel.actors import Actor
from shared.kernel.errors import Forbidden
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.messages.events import FeedDiscarded, Recorded
from shared.projections.view import View
from shared.public_events.acceptance import (
    Discrepancy,
    DiscrepancyRaised,
    Overdue,
    OverdueWithdrawn,
    ReviewStarted,
    ReviewSuspended,
)
from shared.public_events.deadlines import DeadlineIsDue, DeadlineWasMet, DeadlineWasSet
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.testing.spec import TENANT, Spec
from shared.web.routes import ReadCall
from tests.unit.contracts.test_extensions_and_risks import RISK
from tests.unit.contracts.world import (
    C_ACCEPTOR,
    C_MANAGER,
    C_OWNER,
    C_SIGNATORY,
    CONTRACT,
    P_MANAGER,
    P_SIGNATORY,
    STRANGER,
    accepted,
    change_form,
    drafted,
    elapsed,
    in_force,
    sign_form,
    signature_of_terms,
    signed,
    submitted,
)

LATER: Instant = "2025-09-28T02:00:00.000Z"
AUDITOR = Actor(issuer="https://id.test", subject="audit", organisation="audit-firm", grants=("auditor",))


class FoldedViews:
    """A reader over views that are folded from a history; documents go through their bytes, as in the store."""

    def __init__(self, history: list[Recorded]) -> None:
        self.documents: dict[str, dict[str, bytes]] = {view.name: {} for view in VIEWS}
        for recorded in history:
            for view in VIEWS:
                self._fold(view, recorded)

    def _fold(self, view: View[Any], recorded: Recorded) -> None:
        known = self.documents[view.name]
        for key in view.keys(recorded):
            body = known.get(key)
            before = None if body is None else msgspec.json.decode(body, type=view.document)
            after = view.apply(before, key, recorded)
            if after is not None:
                known[key] = canonical.encode(after)

    async def get(self, view: View[Any], tenant: str, key: str) -> Any:
        body = self.documents[view.name].get(key)
        return None if body is None else msgspec.json.decode(body, type=view.document)

    async def list(
        self, view: View[Any], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[Any], str]:
        documents = [msgspec.json.decode(body, type=view.document) for body in self.documents[view.name].values()]
        found = [document for document in documents if label in view.labels(document)]
        return sorted(found, key=view.order)[:limit], "end"

    async def reach(self, position: int, timeout_s: float) -> bool:
        return True


def reader(spec: Spec[State]) -> FoldedViews:
    return FoldedViews(spec.history)


def call(actor: Actor, **query: str) -> ReadCall:
    return ReadCall(path={"contract": CONTRACT}, query=query, tenant=TENANT, actor=actor)


def review_deadline(spec: Spec[State]) -> Deadline:
    """A deadline of acceptance, made from one of contracts."""
    running = next(iter(in_force(spec).deadlines.values()))
    return msgspec.structs.replace(
        running, deadline_id="review-1", item="reports", subject="", kind="review", side="customer", legal_effect=True
    )


async def test_a_draft_shows_what_to_sign_and_what_planning_should_see() -> None:
    spec = drafted("alibaba-8")
    answer = await read_contract(call(C_MANAGER), reader(spec))
    assert (answer.state, answer.version, answer.signed_by) == ("draft", 1, ())
    assert {warning.rule for warning in answer.warnings} == {"R-115"}
    terms = await read_terms(call(C_MANAGER), reader(spec))
    assert (terms.sha256, terms.version) == (answer.terms_sha256, 1)
    spec.when(signature_of_terms(spec), actor=C_SIGNATORY).after()
    assert terms.sha256 == signature_of_terms(spec).signature.content_sha256


async def test_the_contract_view_follows_acceptance() -> None:
    spec = signed("alibaba-8").at(LATER)
    spec.receive(submitted("start-report", "reports"), source="acceptance").after()
    spec.receive(ReviewStarted(contract=CONTRACT, item="reports", round=1, silence_accepts=False), source="acceptance")
    spec.receive(
        Overdue(contract=CONTRACT, item="reports", deadline="d", kind="review", side="customer"), source="acceptance"
    )
    answer = await read_contract(call(C_MANAGER), reader(spec))
    items = {item.item: item for item in answer.items}
    assert (items["reports"].state, items["reports"].overdue) == ("under_review", True)
    assert items["acceptance-report"].state == "planned"
    assert [milestone.status for milestone in answer.milestones] == ["met"] + ["planned"] * 4
    raised = DiscrepancyRaised(
        contract=CONTRACT,
        item="reports",
        round=1,
        discrepancies=(Discrepancy(discrepancy_id="d1", requirement="范围", finding="缺少", raised_in_round=1),),
        received_at=LATER,
    )
    spec.receive(raised, source="acceptance")
    answer = await read_contract(call(C_MANAGER), reader(spec))
    assert answer.items[0].state == "discrepancy_open"
    for event in (
        ReviewStarted(contract=CONTRACT, item="acceptance-report", round=1, silence_accepts=False),
        ReviewSuspended(contract=CONTRACT, item="acceptance-report", waits_for="reports"),
    ):
        spec.receive(event, source="acceptance")
    assert (await read_contract(call(C_MANAGER), reader(spec))).items[1].state == "submitted"
    spec.receive(accepted("reports"), source="acceptance").after()
    lowered = OverdueWithdrawn(contract=CONTRACT, item="reports", deadline="d", reason="act_came_late")
    spec.receive(lowered, source="acceptance").after()
    answer = await read_contract(call(C_MANAGER), reader(spec))
    assert (answer.items[0].state, answer.items[0].overdue) == ("accepted", False)


async def test_the_contract_view_shows_changes_risks_and_late_milestones() -> None:
    spec = signed("alibaba-8")
    spec.when(change_form(), actor=P_MANAGER).after().when(sign_form(spec), actor=C_OWNER).after()
    spec.when(RISK, actor=P_MANAGER).after()
    elapsed(spec, "milestone", "m1").after()
    answer = await read_contract(call(P_MANAGER), reader(spec))
    (change,) = answer.changes
    assert (change.status, change.signed_by, change.supplement_sha256) == ("requested", ("customer",), "")
    (risk,) = answer.risks
    assert (risk.in_time, risk.overdue) == (None, False)
    assert answer.milestones[0].status == "late"
    assert answer.next_deadline is not None
    assert answer.next_deadline.kind == "risk_answer"
    elapsed(spec, "risk_answer", "R1").after()
    assert (await read_contract(call(P_MANAGER), reader(spec))).risks[0].overdue


async def test_the_next_deadline_may_be_one_of_acceptance() -> None:
    spec = signed("alibaba-8")
    deadline = review_deadline(spec)
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=deadline), source="acceptance")
    shown = (await read_deadlines(call(C_ACCEPTOR), reader(spec))).items
    assert {(found.owner, found.status) for found in shown} == {("contracts", "armed"), ("acceptance", "armed")}
    assert shown[0].derivation.steps
    spec.receive(DeadlineIsDue(owner="acceptance", deadline=deadline), source="acceptance")
    shown = (await read_deadlines(call(C_ACCEPTOR), reader(spec))).items
    assert [found.status for found in shown if found.owner == "acceptance"] == ["held"]
    met = DeadlineWasMet(owner="acceptance", deadline=deadline, reason="accepted", met_by="e")
    spec.receive(met, source="acceptance")
    shown = (await read_deadlines(call(C_ACCEPTOR), reader(spec))).items
    assert {found.owner for found in shown} == {"contracts"}


async def test_what_is_due_is_told_by_side_and_by_person() -> None:
    spec = signed("alibaba-8")
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review_deadline(spec)), source="acceptance")
    due = await read_due(call(C_ACCEPTOR), reader(spec))
    assert [(found.deadline.kind, found.mine) for found in due.items] == [("review", True)]
    assert (await read_due(call(C_OWNER, mine="true"), reader(spec))).items == []
    assert {found.deadline.kind for found in (await read_due(call(P_MANAGER), reader(spec))).items} == {"milestone"}
    with pytest.raises(Forbidden):
        await read_due(call(C_ACCEPTOR, organisation="cloud"), reader(spec))
    assert (await read_due(call(AUDITOR, organisation="cloud"), reader(spec))).items


async def test_r_427_the_views_of_roles_follow_every_revocation() -> None:
    """The list of what is due keeps the roles of the decider: a dated end that is moved to now ends now."""
    dated = RevokeRole(
        role="project_manager", side="provider", subject=P_MANAGER.subject, held_to="2025-12-30T16:00:00.000Z"
    )
    spec = signed("alibaba-8").when(dated, actor=P_SIGNATORY).after()
    spec.at("2025-09-26T02:00:00.000Z").when(replace(dated, held_to=None), actor=P_SIGNATORY).after()
    shown = await reader(spec).get(DEADLINES, TENANT, CONTRACT)
    assert shown.roles == tuple(held.holder for held in in_force(spec).roles)


async def test_r_424_others_see_no_contract() -> None:
    views = reader(signed())
    for read in (read_contract, read_terms, read_timeline, read_deadlines):
        with pytest.raises(ContractUnknown):
            await read(call(STRANGER), views)
        await read(call(AUDITOR), views)
    assert (await read_contracts(call(STRANGER), views)).items == []
    assert len((await read_contracts(call(C_OWNER), views)).items) == 1
    assert len((await read_contracts(call(AUDITOR), views)).items) == 1


@pytest.mark.rule("R-344")
async def test_the_timeline_shows_every_public_event_with_both_times() -> None:
    spec = signed("alibaba-8").at(LATER)
    spec.receive(submitted("start-report", "reports"), source="acceptance").after()
    spec.receive(DeadlineWasSet(owner="acceptance", deadline=review_deadline(spec)), source="acceptance")
    entries = (await read_timeline(call(C_MANAGER), reader(spec))).items
    types = [entry.type for entry in entries]
    assert types.count("deadlines.deadline_set.v1") == 6
    assert {"contracts.contract_signed.v1", "acceptance.deliverable_submitted.v1", "contracts.milestone_met.v1"} <= set(
        types
    )
    assert [entry.recorded_at for entry in entries] == sorted(entry.recorded_at for entry in entries)
    signing = next(entry for entry in entries if entry.type == "contracts.contract_signed.v1")
    assert (signing.subject, signing.role, signing.side) == ("wang", "signatory", "customer")
    assert "2025-09-25" in signing.text_zh
    report = next(entry for entry in entries if entry.type == "acceptance.deliverable_submitted.v1")
    assert "《数据中台建设架构咨询应用可运维性咨询启动报告》" in report.text_zh
    milestone = next(entry for entry in entries if entry.type == "contracts.milestone_met.v1")
    assert "“项目启动会议”" in milestone.text_zh
    assert "“Kick-off meeting”" in milestone.text_en


async def test_the_order_of_the_timeline_does_not_depend_on_how_topics_interleave() -> None:
    first, second = signed("alibaba-8").at(LATER), signed("alibaba-8").at(LATER)
    one, other = (
        submitted("start-report", "reports"),
        DeadlineWasSet(owner="acceptance", deadline=review_deadline(first)),
    )
    first.receive(one, source="acceptance").receive(other, source="acceptance")
    second.receive(other, source="acceptance").receive(one, source="acceptance")
    assert await _shown(first) == await _shown(second)


async def _shown(spec: Spec[State]) -> list[str]:
    entries = (await read_timeline(call(C_MANAGER), reader(spec))).items
    return [entry.event_id for entry in entries if entry.service == "acceptance"]


def test_every_public_event_of_a_contract_has_a_sentence() -> None:
    said = {event.TYPE for event in SENTENCES}
    assert {name for name in PUBLIC_LANGUAGE.names() if not name.startswith("catalog.")} == said


def test_what_was_given_up_on_record_changes_no_view() -> None:
    spec = signed()
    discarded = FeedDiscarded(
        source="acceptance", topic="t", key=CONTRACT, n=1, event_id="e", type="acceptance.accepted.v1", reason="defect"
    )
    recorded = msgspec.structs.replace(spec.history[-1], data=discarded, type=discarded.TOPIC)
    assert all(view.keys(recorded) == () for view in VIEWS)
