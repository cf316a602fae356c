"""Lag decides nothing: what has not arrived here is no answer that is kept under a key."""

from __future__ import annotations

import pytest

from services.demo import drafts
from shared.eventstore import arrivals
from tests.e2e.conftest import Gated
from tests.e2e.world import CONTRACT, DRAFT, ITEM_PATH, drafted

SUBMISSION = drafts.submission("training")


async def signed_behind_the_gate(gated: Gated) -> None:
    """Both sides have signed, and acceptance has not been told."""
    await drafted(gated.player)
    gated.gate.clear()
    terms = await gated.player.read("wang", f"/contracts/{CONTRACT}/terms")
    signature = {"content_sha256": terms["sha256"], "content_version": terms["version"]}
    for who in ("chen", "zhao"):
        answer = await gated.player.send(who, f"/contracts/{CONTRACT}/signatures", signature, f"sign-{who}")
        assert answer.kind == "done"


async def test_an_act_at_once_after_the_second_signature_is_decided_when_the_contract_arrives(gated: Gated) -> None:
    await signed_behind_the_gate(gated)
    acting = gated.player.send("wang", f"{ITEM_PATH}/submissions", SUBMISSION, "at-once")
    gated.gate.set()
    assert (await acting).kind == "done"


async def test_an_act_on_what_has_not_arrived_stores_nothing_and_the_same_key_is_decided_later(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PAUSES_S", (0.0,))
    await signed_behind_the_gate(gated)
    before = (await gated.player.world.heads())["acceptance"]
    path = f"{ITEM_PATH}/submissions"
    early = await gated.player.send("wang", path, SUBMISSION, "early")
    assert (early.status, early.code) == (503, "NOT_ARRIVED")
    assert (await gated.player.world.heads())["acceptance"] == before
    gated.gate.set()
    await gated.player.settle()
    assert (await gated.player.send("wang", path, SUBMISSION, "early")).kind == "done"


async def test_a_draft_from_a_revision_that_is_not_known_so_far_is_no_answer_for_ever(
    gated: Gated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PAUSES_S", (0.0,))
    for field, value in (("catalog_service", "alibaba-77"), ("catalog_revision", 9), ("calendar", "de")):
        answer = await gated.player.send("wang", "/contracts", {**DRAFT, field: value}, "one-key")
        assert answer.status == 503, answer.body
    assert (await gated.player.send("wang", "/contracts", DRAFT, "one-key")).kind == "done"
