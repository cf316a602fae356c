"""Reads over HTTP: from views only, as fresh as the caller asks for, page by page."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.edge import SEALER, Edge, OrderDocument, running_edge

AT_7, AT_42 = SEALER.position("demo", 7), SEALER.position("demo", 42)


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """The running edge with five documents."""
    async with running_edge(tmp_path) as running:
        for number in range(1, 6):
            running.reader.documents[f"o-{number}"] = OrderDocument(order=f"o-{number}", version=number)
        yield running


async def test_a_read_answers_the_document_with_the_version_of_its_stream(edge: Edge) -> None:
    response = await edge.read("/orders/o-4")
    assert response.status == 200
    assert response.headers["ETag"] == 'W/"4"'
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.json() == {"order": "o-4", "version": 4, "seen_by": "zhang"}


async def test_what_the_caller_may_not_see_is_not_found(edge: Edge) -> None:
    response = await edge.read("/orders/o-9")
    assert response.status == 404
    assert (await response.json())["code"] == "NOT_FOUND"


async def test_cursors_lead_through_all_pages_once(edge: Edge) -> None:
    seen: list[str] = []
    path = "/orders"
    for _ in range(4):
        page = await (await edge.read(path)).json()
        seen += [item["order"] for item in page["items"]]
        path = f"/orders?cursor={page['next']}"
    assert (page["items"], path) == ([], f"/orders?cursor={page['next']}")
    assert seen == ["o-1", "o-2", "o-3", "o-4", "o-5"]


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (f"toy={AT_42}", [42]),
        (AT_42, [42]),
        (f"contracts={AT_7}, toy={AT_42}", [42]),
        (f"contracts={AT_7}", []),
    ],
)
async def test_a_read_waits_for_the_position_of_its_own_service(edge: Edge, header: str, asked: list[int]) -> None:
    assert (await edge.read("/orders/o-1", Ledger_Position=header)).status == 200
    assert edge.reader.asked == asked


async def test_the_position_may_come_as_a_parameter(edge: Edge) -> None:
    assert (await edge.read(f"/orders/o-1?after_position={AT_42}")).status == 200
    assert edge.reader.asked == [42]


async def test_the_answer_to_a_command_is_the_position_to_read_after(edge: Edge) -> None:
    placed = await edge.place()
    await edge.read("/orders/o-1", Ledger_Position=placed.headers["Ledger-Position"])
    assert edge.reader.asked == [42]


async def test_a_view_that_stays_behind_is_503_and_never_an_old_answer(edge: Edge) -> None:
    edge.reader.reached = False
    response = await edge.read("/orders/o-1", Ledger_Position=f"toy={AT_42}")
    problem = await response.json()
    assert (response.status, problem["code"]) == (503, "VIEW_BEHIND")
    assert response.headers["Retry-After"] == "1"


@pytest.mark.parametrize(("language", "title"), [("en", "Not found"), ("zh-CN", "未找到"), ("", "未找到")])
async def test_titles_follow_the_language_of_the_caller(edge: Edge, language: str, title: str) -> None:
    response = await edge.read("/orders/o-9", Accept_Language=language)
    assert (await response.json())["title"] == title
    assert response.headers["Content-Language"] == ("en" if title == "Not found" else "zh")


@pytest.mark.parametrize(
    "position",
    [
        "",
        " ",
        "toy=" + SEALER.position("demo", 42) + ",",
        "42",
        "toy=42",
        "toy=",
        "toy=x",
        "toy=%",
        f"toy={AT_42}x",
        f"toy={AT_42[:-4]}",
        f"toy={SEALER.position('other', 42)}",
    ],
)
async def test_r_424_only_the_ledger_s_own_token_of_the_caller_s_tenant_is_a_position(
    edge: Edge, position: str
) -> None:
    response = await edge.read("/orders/o-1", Ledger_Position=position)
    assert (response.status, (await response.json())["field"]) == (400, "Ledger-Position")
    assert edge.reader.asked == []


async def test_r_424_a_cursor_tells_nothing_and_is_good_for_its_list_and_tenant(edge: Edge) -> None:
    page = await (await edge.read("/orders")).json()
    assert "o-2" not in page["next"] and b"o-2" not in base64.urlsafe_b64decode(page["next"] + "==")
    foreign = SEALER.seal("cursor listOrders", "other", b"o-2")
    of_another_list = SEALER.seal("cursor getOrder", "demo", b"o-2")
    for cursor in ("o-2", "bzIy", foreign, of_another_list, page["next"][1:], "x" * 5000):
        response = await edge.read(f"/orders?cursor={cursor}")
        assert (response.status, (await response.json())["field"]) == (400, "cursor"), cursor
