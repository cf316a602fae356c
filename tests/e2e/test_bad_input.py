"""Bad input over HTTP: a clear answer with field, code and rule, and nothing half-written."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import aiohttp
import msgspec

from services.demo import drafts
from services.demo.alibaba_1 import ADVANCE, REST
from services.demo.player import Player
from shared.config import BODY_BYTES_MAX_DEFAULT
from tests.e2e.world import CONTRACT, DRAFT, ITEM_PATH, NOTICE, drafted, under_review

SIGNATURES = f"/contracts/{CONTRACT}/signatures"
SUBMISSIONS = f"{ITEM_PATH}/submissions"
ACCEPTANCES = f"{ITEM_PATH}/acceptances"
SIGNATURE = {"content_sha256": "0" * 64, "content_version": 1}
ANOTHER = {**DRAFT, "contract": "C-2"}


class Bad(NamedTuple):
    """A request that is at fault, and what its answer has to say."""

    name: str
    who: str
    path: str
    body: Any
    status: int
    code: str
    rule: str
    field: str


ON_A_DRAFT = (
    Bad("unknown field", "wang", "/contracts", {**ANOTHER, "colour": "red"}, 400, "INVALID_REQUEST", "", "colour"),
    Bad("wrong type", "wang", "/contracts", {**ANOTHER, "tax_rate": 6}, 400, "INVALID_REQUEST", "", "tax_rate"),
    Bad(
        "money as a number", "wang", "/contracts", {**ANOTHER, "price_total": 1e5},
        400, "INVALID_REQUEST", "", "price_total",
    ),
    Bad(
        "amount that does not add up", "wang", "/contracts",
        {**ANOTHER, "payment_lines": [{**ADVANCE, "amount": "29999.00"}, REST]},
        409, "AMOUNTS_DO_NOT_ADD_UP", "R-440", "payment_lines",
    ),
    Bad(
        "payment line without a condition", "wang", "/contracts",
        {**ANOTHER, "payment_lines": [{**ADVANCE, "conditions": []}, REST]},
        409, "LINE_WITHOUT_CONDITION", "R-222", "conditions",
    ),
    Bad(
        "signature over another content", "chen", SIGNATURES, SIGNATURE,
        409, "SIGNATURE_OVER_OTHER_CONTENT", "R-425", "content_sha256",
    ),
    Bad("wrong actor", "mallory", SIGNATURES, SIGNATURE, 404, "CONTRACT_UNKNOWN", "R-424", ""),
)  # fmt: skip

UNDER_REVIEW = (
    Bad("act for the other side", "wang", f"{ITEM_PATH}/discrepancies", NOTICE, 403, "ACT_FOR_OTHER_SIDE", "R-423", ""),
    Bad(
        "file hash mismatch", "wang", SUBMISSIONS, {**drafts.submission("training", 2), "content_sha256": "1" * 64},
        409, "FILE_HASH_MISMATCH", "R-125", "content_sha256",
    ),
    Bad(
        "hash that is none", "li", ACCEPTANCES, {"form": "written", "content_sha256": "xyz"},
        400, "INVALID_REQUEST", "", "content_sha256",
    ),
)  # fmt: skip


async def assert_refused(player: Player, bad: Bad) -> None:
    """The answer is clear, nothing was written, and the ledger lives."""
    before = await player.world.heads()
    answer = await player.act(bad.who, bad.path, bad.body, bad.name.replace(" ", "-"))
    assert (answer.status, answer.code, answer.rule) == (bad.status, bad.code, bad.rule), (bad.name, answer.body)
    assert bad.field in answer.body.get("field", ""), (bad.name, answer.body)
    assert answer.body["title_zh"] and answer.body["title_en"] and answer.body["advice_zh"]
    assert await player.world.heads() == before
    assert await player.read("wang", f"/contracts/{CONTRACT}")


async def test_bad_input_on_a_draft_is_refused(player: Player) -> None:
    await drafted(player)
    for bad in ON_A_DRAFT:
        await assert_refused(player, bad)


async def test_bad_input_during_a_review_is_refused(player: Player) -> None:
    await under_review(player)
    for bad in UNDER_REVIEW:
        await assert_refused(player, bad)


async def test_r_425_an_acceptance_of_another_content_is_recorded_without_effect(embedded: Player) -> None:
    await under_review(embedded)
    other = {"form": "written", "content_sha256": "2" * 64}
    answer = await embedded.act("li", ACCEPTANCES, other, "another-content")
    assert (answer.status, answer.kind, answer.code) == (409, "without_effect", "SIGNATURE_OVER_OTHER_CONTENT")
    assert answer.body["events"] and answer.rule == "R-425"


async def test_an_over_long_body_is_refused(embedded: Player, session: aiohttp.ClientSession) -> None:
    before = await embedded.world.heads()
    headers = {
        **embedded.authorization("wang"),
        "Idempotency-Key": "over-long",
        "Content-Type": "application/json",
    }
    body = io.BytesIO(msgspec.json.encode({**ANOTHER, "name": "x" * (BODY_BYTES_MAX_DEFAULT + 1)}))
    async with session.post(embedded.world.address("/contracts"), data=body, headers=headers) as response:
        assert response.status == 413
        assert (await response.json())["code"] == "BODY_TOO_LARGE"
    assert await embedded.world.heads() == before


async def test_r_420_a_stale_version_is_refused(embedded: Player) -> None:
    await drafted(embedded)
    before = await embedded.world.heads()
    revised = {key: value for key, value in DRAFT.items() if key != "contract"} | {"name": "改名"}
    path = f"/contracts/{CONTRACT}/revisions"
    stale = await embedded.send("wang", path, revised, "stale", {"If-Match": 'W/"7"'})
    assert stale.status == 412
    assert await embedded.world.heads() == before
    fresh = await embedded.send("wang", path, revised, "fresh", {"If-Match": 'W/"1"'})
    assert fresh.kind == "done", fresh.body


async def test_r_420_a_repeated_key_gives_the_first_answer_and_with_other_content_is_refused(embedded: Player) -> None:
    first = await embedded.act("wang", "/contracts", DRAFT, "once")
    before = await embedded.world.heads()
    assert (await embedded.act("wang", "/contracts", DRAFT, "once")).body == first.body
    other = await embedded.act("wang", "/contracts", ANOTHER, "once")
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert await embedded.world.heads() == before


async def test_r_401_a_notice_after_the_deadline_is_recorded_without_effect(player: Player) -> None:
    await under_review(player)
    await player.until("2025-10-15 00:01")
    late = await player.act("li", f"{ITEM_PATH}/discrepancies", NOTICE, "late")
    assert (late.status, late.kind, late.rule) == (409, "without_effect", "R-401")
    assert late.body["events"]


async def test_who_brings_no_token_is_not_let_in(embedded: Player, session: aiohttp.ClientSession) -> None:
    before = await embedded.world.heads()
    async with session.post(embedded.world.address("/contracts"), json=DRAFT) as response:
        assert response.status == 401
    assert await embedded.world.heads() == before
