"""Who drafts is told what later acts name, and who names something else is told what there is."""

from __future__ import annotations

from typing import Any

import pytest

from services.demo.alibaba_1 import DOCUMENTS, ITEM
from services.demo.player import Player
from shared.kernel.errors import KNOWN_MAX, told
from tests.e2e.world import CONTRACT, DRAFT, ITEM_PATH, signed


async def test_a_draft_answers_with_the_ids_and_parameters_of_its_terms_and_a_repeat_with_the_same(
    embedded: Player,
) -> None:
    answer = await embedded.act("wang", "/contracts", DRAFT, "draft")
    terms = (await embedded.read("wang", f"/contracts/{CONTRACT}/terms"))["terms"]
    assert answer.body["made"] == {
        "items": [item["item_id"] for item in terms["items"]],
        "deliverables": [deliverable["deliverable_id"] for deliverable in terms["deliverables"]],
        "milestones": [milestone["milestone_id"] for milestone in terms["milestones"]],
        "payment_lines": [line["line_id"] for line in terms["payment_lines"]],
    }
    assert ITEM in answer.body["made"]["items"] and set(DOCUMENTS) <= set(answer.body["made"]["deliverables"])
    parameters = answer.body["parameters"]
    assert parameters[f"{ITEM}.review_period"] == "5wd"
    assert {
        f"{milestone['milestone_id']}.offset": milestone["offset"] for milestone in terms["milestones"]
    }.items() <= (parameters.items())
    assert (await embedded.act("wang", "/contracts", DRAFT, "draft")).body == answer.body


async def test_every_parameter_that_is_told_can_be_set_to_the_value_that_is_told(embedded: Player) -> None:
    answer = await embedded.act("wang", "/contracts", DRAFT, "draft")
    given = {name: value for name, value in answer.body["parameters"].items() if value}
    again = await embedded.act("wang", "/contracts", {**DRAFT, "contract": "C-2", "parameters": given}, "again")
    assert (again.kind, again.body["parameters"]) == ("done", answer.body["parameters"])


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "a parameter": (
        "/contracts",
        {**DRAFT, "contract": "C-3", "parameters": {"nothing.offset": "3d"}},
        f"{ITEM}.review_period",
    ),
    "an edition": ("/contracts", {**DRAFT, "contract": "C-3", "editions": ["nothing"]}, ""),
    "an item": (
        f"/contracts/{CONTRACT}/items/nothing/submissions",
        {"deliverable": DOCUMENTS[0], "files": []},
        ITEM,
    ),
    "a deliverable": (f"{ITEM_PATH}/submissions", {"deliverable": "nothing", "files": []}, DOCUMENTS[0]),
    "a milestone": (
        f"/contracts/{CONTRACT}/extensions",
        {"extension": "e1", "cause": "停电", "cause_side": "customer", "days": 3, "milestone": "nothing"},
        "",
    ),
}


@pytest.mark.parametrize("named", WRONG)
async def test_who_names_what_is_not_there_is_told_what_is(embedded: Player, named: str) -> None:
    path, body, known = WRONG[named]
    await signed(embedded)
    answer = await embedded.act("wang", path, body, "wrong")
    assert answer.kind == "refused"
    assert known in answer.body["data"]["known"], answer.body


def test_what_is_told_is_bounded() -> None:
    assert told(["b", "a"]) == "a, b"
    many = told(f"item-{number:03d}" for number in range(3 * KNOWN_MAX))
    assert many.endswith(f"item-{KNOWN_MAX - 1:03d}, ... (+{2 * KNOWN_MAX})")
