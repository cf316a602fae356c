"""What cannot be is refused when it is sent, over HTTP: nothing is taken in that is impossible later.

One embedded ledger for the whole module: every request here leaves nothing behind, or is read and done with.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from services.demo import drafts
from services.demo.alibaba_1 import ADVANCE, DOCUMENTS, PRICE, REST
from services.demo.player import Answer, Player
from tests.e2e.conftest import embedded_world
from tests.e2e.world import DRAFT, MORE_PEOPLE, act, drafted, hash_of, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")

IN_FORCE = "C-9"
ITEM_IN_FORCE = f"/contracts/{IN_FORCE}/items/delivery"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Player]:
    """A ledger with a draft that nobody has signed and a contract in force."""
    folder: Path = tmp_path_factory.mktemp("door")
    async with aiohttp.ClientSession() as session, embedded_world(folder) as world:
        await world.settle()
        player = Player(world, session, people=MORE_PEOPLE)
        await drafted(player)
        await signed(player, drafts.draft(IN_FORCE, "alibaba-1", "数据中台建设架构咨询", PRICE))
        yield player


async def send(player: Player, who: str, path: str, body: Any) -> Answer:
    """A request under a key of its own."""
    return await player.act(who, path, body, f"door {path} {hash_of(body)}"[:128].replace(" ", "-"))


async def assert_refused(player: Player, who: str, path: str, body: Any, field: str) -> None:
    """400 with the field, in both languages, and nothing is written."""
    before = await player.world.heads()
    answer = await send(player, who, path, body)
    assert answer.status == 400, answer.body
    assert answer.body["field"] == field, answer.body
    assert answer.body["title_zh"] and answer.body["title_en"] and answer.body["detail"]
    assert await player.world.heads() == before


def drafting(**changes: Any) -> dict[str, Any]:
    """Another draft, with a value that cannot be."""
    return {**DRAFT, "contract": "C-2", **changes}


def paid(**changes: Any) -> dict[str, Any]:
    """Another draft whose second line says something else."""
    return drafting(payment_lines=[ADVANCE, {**REST, **changes}])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (paid(pay_within="12y"), "/payment_lines/1/pay_within"),
        (paid(pay_within="99999d"), "/payment_lines/1/pay_within"),
        (paid(pay_within="30d\n"), "/payment_lines/1/pay_within"),
        (paid(pay_within="-10wd"), "/payment_lines/1/pay_within"),
        (paid(pay_within="8h"), "/payment_lines/1/pay_within"),
        (drafting(cutoff="00:00"), "/cutoff"),
        (drafting(parameters={"delivery.review_period": "3000wd"}), "/parameters/delivery.review_period"),
        (drafting(currency="ZZZ"), "/currency"),
        (drafting(tax_rate="1.9"), "/tax_rate"),
        (drafting(price_rows=[{**DRAFT["price_rows"][0], "discount": "1.5"}]), "/price_rows/0/discount"),
        (paid(amount="0.00"), "/payment_lines/1/amount"),
        (drafting(name=" \u3000 "), "/name"),
        (drafting(name="HT\u0007"), "/name"),
        (drafting(number="HT\u202e100"), "/number"),
        (drafting(customer={**DRAFT["customer"], "name": "\x1b[31m甲方"}), "/customer/name"),
        (drafting(roles=[{**DRAFT["roles"][0], "name": "\u200b"}, *DRAFT["roles"][1:]]), "/roles/0/name"),
    ],
)
async def test_a_draft_of_what_cannot_be_is_refused(door: Player, body: Any, field: str) -> None:
    await assert_refused(door, "wang", "/contracts", body, field)


async def test_r_440_yen_with_places_are_refused(door: Player) -> None:
    row = {**DRAFT["price_rows"][0], "list_price": "100.55", "discount": "1", "price": "100.55"}
    lines = [{**ADVANCE, "amount": "100.55"}]
    body = drafting(currency="JPY", price_rows=[row], price_total="100.55", payment_lines=lines)
    await assert_refused(door, "wang", "/contracts", body, "/price_rows/0/list_price")


@pytest.mark.parametrize("instant", ["2026-02-30T00:00:00.000Z", "2026-02-30T00:00:00Z", "2026-06-30T23:59:60.000Z"])
async def test_an_instant_that_does_not_exist_is_refused(door: Player, instant: str) -> None:
    role = {"role": "project_director", "side": "provider", "subject": "yang", "held_from": instant}
    await assert_refused(door, "wang", f"/contracts/{IN_FORCE}/roles", role, "/held_from")
    use = {"used_at": instant, "description": "接入生产", "evidence_sha256": "0" * 64}
    await assert_refused(door, "wang", f"{ITEM_IN_FORCE}/uses", use, "/used_at")


FORM = {
    "change": "CR1",
    "form_number": "BG-001",
    "drafted_on": "2025-09-26",
    "drafted_by": "王某",
    "reason_code": "scope",
    "reason": "范围扩大",
    "description": "增加一个应用系统",
    "planned_effect_on": "2025-10-20",
}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"milestone_shifts": [{"milestone": "m1", "planned_on": "9999-12-31"}]}, "/milestone_shifts/0/planned_on"),
        ({"planned_effect_on": "9999-12-31"}, "/planned_effect_on"),
        ({"drafted_on": "0001-01-01"}, "/drafted_on"),
        ({"drafted_by": "\n"}, "/drafted_by"),
        ({"reason": "\u2067范围"}, "/reason"),
        (
            {"cost_impact": "降价", "re_plan": {**PRICE, "drawn_on_price_version": 1,
             "payment_lines": [ADVANCE, {**REST, "pay_within": "12y"}]}},
            "/re_plan/payment_lines/1/pay_within",
        ),
    ],
)  # fmt: skip
async def test_a_change_that_could_never_take_effect_is_refused(
    door: Player, changes: dict[str, Any], field: str
) -> None:
    await assert_refused(door, "wang", f"/contracts/{IN_FORCE}/changes", {**FORM, **changes}, field)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "../../etc/passwd"}, "name"),
        ({"name": "a\nb.pdf"}, "name"),
        ({"name": "报告\u202efdp.exe"}, "name"),
        ({"size_bytes": -5}, "size_bytes"),
        ({"size_bytes": 2**60}, "size_bytes"),
        ({"media_type": "pdf"}, "media_type"),
        ({"location": "javascript:alert(1)"}, "location"),
        ({"location": "file:///etc/passwd"}, "location"),
        ({"location": "https://[::1/"}, "location"),
    ],
)
async def test_a_reference_that_leads_to_no_file_is_refused(door: Player, changes: dict[str, Any], field: str) -> None:
    body = drafts.submission(DOCUMENTS[0])
    body["files"] = [{**body["files"][0], **changes}]
    await assert_refused(door, "wang", f"{ITEM_IN_FORCE}/submissions", body, f"/files/0/{field}")


@pytest.mark.parametrize(
    "url",
    [
        "https://[::1/",
        "https://hooks..example.com/x",
        "https://hooks.example.com:99999/x",
        "https://user:secret@hooks.example.com/x",
        "https://-hooks.example.com/x",
        "https://hooks.example.com/x\n",
        "http://hooks.example.com/x",
        "javascript:alert(1)",
        "",
    ],
)
async def test_an_endpoint_that_nobody_could_call_is_refused(door: Player, url: str) -> None:
    await assert_refused(door, "wang", "/notices/endpoints", {"endpoint": "main", "url": url}, "/url")


async def test_a_year_without_a_single_rest_day_is_refused(door: Player) -> None:
    year = {"year": 2027, "days": [], "source": "test", "notice": "示例"}
    await assert_refused(door, "operator", "/catalog/calendars/cn/years", {"year": year}, "/year/days")
    made_up = {"date": "2027-10-01", "kind": "makeup_working_day"}
    body = {"year": {**year, "days": [{"date": "2027-01-01", "kind": "statutory_holiday"}, made_up]}}
    await assert_refused(door, "operator", "/catalog/calendars/cn/years", body, "/year/days/1/date")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/due?mine=TRUE", "mine"),
        ("/due?mine=1", "mine"),
        ("/acceptance-board?state=UNDER_REVIEW", "state"),
        ("/acceptance-board?state=done", "state"),
        ("/invoice-requests?kind=REQUESTED", "kind"),
        ("/invoice-requests?limit=%EF%BC%91", "limit"),
    ],
)
async def test_a_filter_that_is_none_is_not_taken_for_another_question(door: Player, path: str, field: str) -> None:
    address = door.world.address(path)
    async with aiohttp.ClientSession() as session, session.get(address, headers=door.authorization("wang")) as response:
        problem = await response.json()
    assert (response.status, problem.get("field")) == (400, field)


TREATMENTS = [
    {"discrepancy": "d1", "treatment": "补充", "correct_by": "2025-10-20"},
    {"discrepancy": "d1", "treatment": "不改", "correct_by": "2025-10-21"},
]
VERSION = {"deliverable": DOCUMENTS[0], "files": [drafts.file("a")]}
DONE = [{"discrepancy": "d1", "done": "已补充"}, {"discrepancy": "d1", "done": "未补充"}]


@pytest.mark.parametrize(
    ("who", "path", "body", "field"),
    [
        (
            "wang",
            f"/contracts/{IN_FORCE}/extensions",
            {"extension": "E1", "cause": "甲方延误", "cause_side": "customer", "days": 3, "items": ["delivery"] * 5},
            "/items/1",
        ),
        (
            "wang",
            f"/contracts/{IN_FORCE}/changes",
            {**FORM, "milestone_shifts": [
                {"milestone": "m1", "planned_on": "2025-10-20"}, {"milestone": "m1", "planned_on": "2025-11-20"}
            ]},
            "/milestone_shifts/1/milestone",
        ),
        ("wang", "/contracts", drafting(editions=["basic", "basic"]), "/editions/1"),
        ("wang", "/contracts", drafting(after_contracts=["C-8", IN_FORCE, "C-8"]), "/after_contracts/2"),
        ("wang", f"{ITEM_IN_FORCE}/answers", {"treatments": TREATMENTS}, "/treatments/1/discrepancy"),
        ("li", f"{ITEM_IN_FORCE}/agreements", {"discrepancies": ["d1", "d2", "d1"]}, "/discrepancies/2"),
        ("wang", f"{ITEM_IN_FORCE}/resubmissions", {"versions": [VERSION] * 2}, "/versions/1/deliverable"),
        ("wang", f"{ITEM_IN_FORCE}/resubmissions", {"versions": [VERSION], "done": DONE}, "/done/1/discrepancy"),
        (
            "li",
            f"{ITEM_IN_FORCE}/conclusions",
            {"result": "rework", "treatments": TREATMENTS},
            "/treatments/1/discrepancy",
        ),
    ],
)  # fmt: skip
async def test_a_list_that_names_the_same_twice_is_refused(
    door: Player, who: str, path: str, body: Any, field: str
) -> None:
    """The days of an extension counted once for each time its item was named (R-114); of two dates the last held."""
    await assert_refused(door, who, path, body, field)


@pytest.mark.parametrize("version", [2**53, 2**64, 10**400])
async def test_a_number_that_not_every_reader_reads_alike_is_refused(door: Player, version: int) -> None:
    """No column takes it: it was a defect of ours, and held the deadlines of the contract (R-401)."""
    signature = {"content_sha256": "0" * 64, "content_version": version}
    await assert_refused(door, "chen", "/contracts/C-1/signatures", signature, "/content_version")
    await assert_refused(door, "wang", "/contracts", drafting(catalog_revision=version), "/catalog_revision")
    document = {"service": "x-1", "content_sha256": "0" * 64, "document": {"id": version}}
    await assert_refused(door, "operator", "/catalog/services", document, "/document/id")


async def test_what_can_be_is_taken_in(door: Player) -> None:
    """The door is not shut: the same requests with values that can be are done."""
    await act(door, "wang", "/contracts", paid(pay_within="30d"))
    assert (await send(door, "wang", f"/contracts/{IN_FORCE}/changes", FORM)).kind == "done"
    body = drafts.submission(DOCUMENTS[0])
    body["files"] = [{**body["files"][0], "location": "https://files.example.com/a.pdf"}]
    assert (await send(door, "wang", f"{ITEM_IN_FORCE}/submissions", body)).kind == "done"
    endpoint = {"endpoint": "main", "url": "https://hooks.example.com/x"}
    assert (await send(door, "wang", "/notices/endpoints", endpoint)).status in (200, 201)
