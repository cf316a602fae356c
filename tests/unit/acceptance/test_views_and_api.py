"""What is shown is what is decided on; routes turn requests into commands and answer only those who may see (R-424)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.acceptance.answers import detail, settlement_detail
from services.acceptance.api import (
    ACTS,
    ROUTES,
    read_board,
    read_finance,
    read_item,
    read_items,
    read_settlement,
    to_command,
)
from services.acceptance.domain.commands import ACTS as ACT_BODIES
from services.acceptance.domain.commands import ItemAct
from services.acceptance.domain.discrepancies.commands import StartRework
from services.acceptance.projections import VIEWS
from services.acceptance.projections.finance import FINANCE, SETTLEMENTS
from services.acceptance.projections.items import ITEMS, ItemDocument
from shared.commands.command import Context
from shared.kernel.actors import Actor
from shared.kernel.errors import NotFound
from shared.messages import canonical
from shared.messages.events import Recorded
from shared.projections.view import View
from shared.testing.spec import TENANT
from shared.web.routes import CommandCall, CommandRoute, ReadCall
from tests.unit.acceptance.samples import (
    ACCEPTOR,
    COLLEAGUE,
    PROVIDER_PM,
    STRANGER,
    Story,
    alibaba_8,
    alibaba_25,
    notice,
    signed,
)


class FoldedReader:
    """The views of a story, folded event by event with every document stored and read back."""

    def __init__(self, story: Story) -> None:
        self._documents: dict[str, dict[str, Any]] = {view.name: {} for view in VIEWS}
        for view in VIEWS:
            for recorded in story.history:
                self._fold(view, recorded)

    def _fold(self, view: View[Any], recorded: Recorded) -> None:
        documents = self._documents[view.name]
        for key in view.keys(recorded):
            folded = view.apply(documents.get(key), key, recorded)
            documents[key] = msgspec.json.decode(canonical.encode(folded), type=view.document)

    async def get(self, view: View[Any], tenant: str, key: str) -> Any:
        return self._documents[view.name].get(key) if tenant == TENANT else None

    async def list(
        self, view: View[Any], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[Any], str]:
        found = [known for known in self._documents[view.name].values() if label in ("*", *view.labels(known))]
        return sorted(found, key=view.order)[:limit], "end"

    async def reach(self, position: int, timeout_s: float) -> bool:
        return True


def call(actor: Actor, query: dict[str, str] | None = None, **path: str) -> ReadCall:
    return ReadCall(path=path, query=query or {}, tenant=TENANT, actor=actor)


AUDITOR = Actor(issuer="https://id.example", subject="audit", organisation="office", grants=("auditor",))


def objected() -> Story:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report").did(ACCEPTOR, notice("反压"), "tuning")
    return story.did(COLLEAGUE, notice("外行意见"), "tuning")


async def test_the_item_that_is_shown_is_the_item_that_is_decided_on() -> None:
    story = objected()
    document = await FoldedReader(story).get(ITEMS, TENANT, "C1/tuning")
    assert document.item == story.item("tuning")
    assert document.running == {
        name: running for name, running in story.contract.running.items() if running.deadline.item == "tuning"
    }
    assert document.version == story.history[-1].version


async def test_an_item_in_detail_says_what_is_open_and_why() -> None:
    found = await read_item(call(ACCEPTOR, contract="C1", item="tuning"), FoldedReader(objected()))
    assert (found.state, found.round) == ("discrepancy_open", 1)
    assert [discrepancy.finding for discrepancy in found.discrepancies] == ["反压"]
    (deadline,) = found.deadlines
    assert (deadline.status, deadline.rule, deadline.owner) == ("armed", "R-172", "acceptance")
    assert [step.n for step in deadline.derivation.steps if step.counted] == list(range(1, 11))
    assert [(act.act, act.why) for act in found.waiting_acts] == [("raise_discrepancies", "role_unknown")]
    assert found.missing == ()


async def test_the_hash_that_is_shown_is_the_one_that_is_signed() -> None:
    story = signed(alibaba_25()).submitted("tuning", "tuning-report")
    shown = await read_item(call(ACCEPTOR, contract="C1", item="tuning"), FoldedReader(story))
    story.accepts("tuning", "signature").after()
    assert shown.content_sha256 == story.item("tuning").content_sha256
    accepted = await read_item(call(ACCEPTOR, contract="C1", item="tuning"), FoldedReader(story))
    assert (accepted.state, accepted.basis, accepted.deadlines) == ("accepted", "explicit", ())


async def test_r_424_a_stranger_sees_nothing_not_even_that_it_exists() -> None:
    reader = FoldedReader(objected())
    for read, path in (
        (read_item, {"contract": "C1", "item": "tuning"}),
        (read_items, {"contract": "C1"}),
        (read_settlement, {"contract": "C1"}),
    ):
        with pytest.raises(NotFound):
            await read(call(STRANGER, **path), reader)  # type: ignore[operator]
    assert (await read_board(call(STRANGER), reader)).items == []
    assert (await read_finance(call(STRANGER), reader)).items == []


async def test_the_board_lists_items_by_state() -> None:
    reader = FoldedReader(objected())
    everything = await read_board(call(PROVIDER_PM), reader)
    assert [(card.item, card.state) for card in everything.items] == [
        ("survey", "planned"),
        ("tuning", "discrepancy_open"),
    ]
    open_ones = await read_board(call(PROVIDER_PM, {"state": "discrepancy_open"}), reader)
    assert [(card.item, card.waiting_acts) for card in open_ones.items] == [("tuning", 1)]
    assert len((await read_board(call(AUDITOR), reader)).items) == 2
    assert len((await read_board(call(AUDITOR, {"state": "planned"}), reader)).items) == 1
    assert len((await read_items(call(AUDITOR, contract="C1"), reader)).items) == 2


async def test_finance_reads_requests_in_the_order_of_the_log() -> None:
    story = signed(alibaba_8()).submitted("reports", "kick-off", "survey").submitted("report", "acceptance-report")
    story.accepts("report", "signature_both", ACCEPTOR).after()
    story.accepts("report", "signature_both", PROVIDER_PM).after()
    reader = FoldedReader(story)
    for reading in (ACCEPTOR, AUDITOR):
        entries = (await read_finance(call(reading), reader)).items
        assert [entry.requested.line for entry in entries if entry.requested] == ["advance", "rest"]
        assert all("position" not in entry.__struct_fields__ for entry in entries), "it counts what others do"
    for query, found in (
        ({"kind": "requested"}, 2),
        ({"kind": "reversed"}, 0),
        ({"contract": "C1"}, 2),
        ({"contract": "C1", "kind": "requested"}, 2),
        ({"contract": "C2"}, 0),
        ({"limit": "1"}, 1),
    ):
        assert len((await read_finance(call(ACCEPTOR, query), reader)).items) == found, query
        assert (await read_finance(call(STRANGER, query), reader)).items == []
    plan = await read_settlement(call(PROVIDER_PM, contract="C1"), reader)
    assert [(known.line, known.state) for known in plan.lines] == [("advance", "requested"), ("rest", "requested")]
    document = await reader.get(SETTLEMENTS, TENANT, "C1")
    assert settlement_detail(document).price_total == plan.price_total


def test_every_act_has_a_route_and_every_route_an_act() -> None:
    assert {act.body for act in ACTS} == set(ACT_BODIES.values())
    commands = [route for route in ROUTES if isinstance(route, CommandRoute)]
    assert len({route.operation_id for route in ROUTES}) == len(ROUTES)
    assert all(route.summary_zh and route.rules for route in commands)


def test_a_request_becomes_a_command_of_the_contracts_scope() -> None:
    context = Context(
        tenant=TENANT,
        actor=PROVIDER_PM,
        key="k1",
        fingerprint="f",
        command_id="c1",
        received_at="2026-03-02T01:00:00.000Z",
    )
    command = to_command(CommandCall(path={"contract": "C1", "item": "tuning"}, context=context), StartRework())
    assert (command.scope, command.stream) == ("contract/C1", "item-C1/tuning")
    assert command.body == ItemAct(item="tuning", body=StartRework())
    whole = to_command(CommandCall(path={"contract": "C1"}, context=context), StartRework())
    assert whole.stream == "dossier-C1"


@pytest.mark.parametrize("name", sorted(ACT_BODIES))
def test_bodies_refuse_unknown_fields(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"unknown field|required field"):
        msgspec.json.decode(b'{"no_such_field": 1}', type=ACT_BODIES[name])


def test_an_item_that_was_never_planned_cannot_be_shown() -> None:
    story = objected()
    with pytest.raises(LookupError):
        ITEMS.apply(None, "C1/tuning", story.history[-1])
    with pytest.raises(LookupError):
        SETTLEMENTS.apply(None, "C1", story.history[-1])
    with pytest.raises(TypeError):
        FINANCE.apply(None, "C1", story.history[-1])


def test_the_document_names_its_state() -> None:
    document = ItemDocument(item=objected().item("survey"), organisations=(), version=1, changed_at="x")
    assert detail(document).state == "planned"
