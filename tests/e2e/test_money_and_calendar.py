"""Money under racing acts (R-442, R-444), and deadlines that are not sure yet (R-403), over HTTP."""

from __future__ import annotations

from typing import Any

from services.demo import drafts
from services.demo.alibaba_1 import DOCUMENTS, ITEM
from services.demo.alibaba_25_change import FORM
from services.demo.player import Player, instant_of
from shared.kernel.instants import beijing_text
from tests.e2e.conftest import Gated
from tests.e2e.world import (
    CONTRACT,
    DRAFT,
    ITEM_PATH,
    NOTICE,
    act,
    eventually,
    held,
    item,
    requested_lines,
    signed,
    types_of,
    under_review,
)

PHASES = "C-25"
LINES = (
    drafts.line("survey", "前期调研", "80000.00", drafts.accepted("phase-survey")),
    drafts.line("report", "报告", "120000.00", drafts.accepted("tuning-report")),
)
PHASED = drafts.draft(PHASES, "alibaba-25", "实时计算性能调优", drafts.price("200000", "1", "200000", LINES))


async def settlement(player: Player, contract: str) -> dict[str, Any]:
    """The payment plan as it stands."""
    found: dict[str, Any] = await player.read("auditor", f"/contracts/{contract}/settlement")
    return found


async def test_r_442_a_second_ground_for_a_requested_line_makes_no_second_request(player: Player) -> None:
    """Accepted by silence; a signature afterwards, the same key again, and use would each be grounds, too."""
    await under_review(player)
    await player.until("2025-10-15 09:00")
    assert await requested_lines(player) == ["advance", "rest"]
    body = {"form": "written", "content_sha256": (await item(player))["content_sha256"]}
    for key in ("second-ground", "second-ground", "third-ground"):
        answer = await player.act("li", f"{ITEM_PATH}/acceptances", body, key)
        assert (answer.kind, answer.rule) == ("without_effect", "R-148")
    assert await requested_lines(player) == ["advance", "rest"]


async def test_r_442_two_acceptances_at_once_request_a_line_once(player: Player) -> None:
    """Both are decided in one order by one writer: the second finds the line requested."""
    await under_review(player)
    body = {"form": "written", "content_sha256": (await item(player))["content_sha256"]}
    answers = [await player.send("li", f"{ITEM_PATH}/acceptances", body, f"at-once-{n}") for n in range(3)]
    await player.settle()
    assert sorted(answer.kind for answer in answers) == ["done", "unchanged", "unchanged"]
    assert await requested_lines(player) == ["advance", "rest"]


async def test_r_444_a_price_change_that_races_with_a_request_is_refused_as_a_whole(gated: Gated) -> None:
    """While the re-plan is on its way, the phase is confirmed and its line requested: nothing of the change holds."""
    player = gated.player
    await signed(player, PHASED)
    await _approved_change(player)
    gated.gate.clear()
    player.jump("2025-10-09 00:30")
    await eventually(lambda: _sent(player))
    for who in ("zhang", "wang"):
        await _confirm(player, who)
    gated.gate.set()
    await player.settle()

    plan = await settlement(player, PHASES)
    assert (plan["price_version"], plan["price_total"]) == (1, "200000.00")
    assert [(line["line"], line["amount"], line["state"]) for line in plan["lines"]] == [
        ("survey", "80000.00", "requested"),
        ("report", "120000.00", "open"),
    ]
    contract = await player.read("auditor", f"/contracts/{PHASES}")
    assert [change["status"] for change in contract["changes"]] == ["failed"]
    assert contract["milestones"][-1]["planned_on"] == "2025-10-09"
    types = await types_of(player, PHASES)
    assert "acceptance.re_plan_refused.v1" in types
    assert "contracts.change_in_effect.v1" not in types


async def _approved_change(player: Player) -> None:
    """A re-plan of both lines and a later milestone, approved and signed, in effect on 9 October without notice."""
    lines = [{**LINES[0], "amount": "90000.00"}, {**LINES[1], "amount": "130000.00"}]
    form = {
        **FORM,
        "planned_effect_on": "2025-10-09",
        "notice_waived": True,
        "milestone_shifts": [{"milestone": "m4", "planned_on": "2025-10-30"}],
        "re_plan": {**drafts.price("220000", "1", "220000", lines), "drawn_on_price_version": 1},
    }
    requested = await act(player, "wang", f"/contracts/{PHASES}/changes", form)
    change = f"/contracts/{PHASES}/changes/{form['change']}"
    for who in ("sun", "liu"):
        signature = {name: requested.data[name] for name in ("content_sha256", "content_version")}
        await act(player, who, f"{change}/signatures", signature)
    for who in ("zhao", "chen"):
        signature = {"content_sha256": requested.data["supplement_sha256"], "content_version": 1}
        await act(player, who, f"{change}/supplement-signatures", signature)


async def _sent(player: Player) -> bool:
    return "contracts.re_plan_sent.v1" in await types_of(player, PHASES)


async def _confirm(player: Player, who: str) -> None:
    path = f"/contracts/{PHASES}/items/phase-survey"
    shown = (await player.read(who, path))["content_sha256"]
    body = {"form": "joint_confirmation", "content_sha256": shown}
    answer = await player.send(who, f"{path}/acceptances", body, f"confirm-{who}")
    assert answer.kind == "done", answer.body


async def _under_review_over_new_year(player: Player) -> None:
    """The set is complete on 25 December 2026: 28..31 December, then 2027, which nobody has published (R-012)."""
    await player.until("2026-12-24 10:00")
    await signed(player)
    await player.until("2026-12-25 10:00")
    for name in (*DOCUMENTS, "training"):
        await act(player, "wang", f"{ITEM_PATH}/submissions", drafts.submission(name))


async def _publish_2027(player: Player) -> None:
    """1 January 2027, a Friday, to Sunday the 3rd rest, and Friday 1 October. An example, no notice of the State."""
    days = [
        {"date": "2027-01-01", "kind": "statutory_holiday", "name_zh": "元旦", "name_en": "New Year"},
        {"date": "2027-01-02", "kind": "holiday_block", "name_zh": "元旦", "name_en": "New Year"},
        {"date": "2027-01-03", "kind": "holiday_block", "name_zh": "元旦", "name_en": "New Year"},
        {"date": "2027-10-01", "kind": "statutory_holiday", "name_zh": "国庆节", "name_en": "National Day"},
    ]
    year = {"year": 2027, "days": days, "source": "test", "notice": "示例", "published_on": "2027-01-05"}
    await act(player, "operator", "/catalog/calendars/cn/years", {"year": year})


async def test_r_403_a_provisional_deadline_does_not_fire_and_is_decided_when_the_year_is_published(
    player: Player,
) -> None:
    await _under_review_over_new_year(player)
    (deadline,) = (await item(player))["deadlines"]
    assert deadline["status"] == "provisional"
    # By the plain week 1 January would be the fifth working day.
    assert beijing_text(deadline["derivation"]["due_at"])[:16] == "2027-01-02T00:00"
    await player.until("2027-01-06 10:00")
    assert (await item(player))["state"] == "under_review"
    notice = await player.act("li", f"{ITEM_PATH}/discrepancies", NOTICE, "after-the-provisional-end")
    assert (notice.status, notice.rule) == (202, "R-403")

    await _publish_2027(player)
    # With the holiday the fifth working day is Monday 4 January: the notice of the 6th is late.
    found = await item(player)
    assert (found["state"], found["basis"]) == ("accepted", "silence")
    assert beijing_text(found["effective_at"])[:16] == "2027-01-05T00:00"
    final = await player.act("li", f"{ITEM_PATH}/discrepancies", NOTICE, "after-the-provisional-end")
    assert (final.kind, final.rule) == ("without_effect", "R-401")


async def test_r_403_a_notice_after_the_provisional_end_counts_when_the_published_one_is_later(player: Player) -> None:
    await _under_review_over_new_year(player)
    await player.until("2027-01-04 15:00")
    notice = await player.act("li", f"{ITEM_PATH}/discrepancies", NOTICE, "in-between")
    assert notice.status == 202
    await _publish_2027(player)
    assert (await item(player))["state"] == "discrepancy_open"
    assert (await player.act("li", f"{ITEM_PATH}/discrepancies", NOTICE, "in-between")).kind == "done"
    assert await requested_lines(player) == ["advance"]


async def test_r_446_a_due_date_in_an_unpublished_year_is_completed_when_the_year_is_published(
    embedded: Player,
) -> None:
    """Ten working days from Friday 18 December 2026: the tenth is 1 January by the plain week, 4 January in truth."""
    line = {**drafts.line("all", "全款", "100000", drafts.SIGNING), "pay_within": "10wd"}
    body = drafts.draft(CONTRACT, "alibaba-1", "架构咨询", drafts.price("100000", "1", "100000", [line]))
    await embedded.until("2026-12-18 10:00")
    await signed(embedded, body)
    (shown,) = (await settlement(embedded, CONTRACT))["lines"]
    assert (shown["pay_by"], shown["pay_by_provisional"]) == ("2027-01-01", True)
    await _publish_2027(embedded)
    (shown,) = (await settlement(embedded, CONTRACT))["lines"]
    assert (shown["pay_by"], shown["pay_by_provisional"]) == ("2027-01-04", False)
    feed = (await embedded.read("finance", "/invoice-requests"))["items"]
    assert [entry["kind"] for entry in feed] == ["requested", "due_date_set"]
    assert (feed[0]["requested"]["provisional"], feed[1]["due_date_set"]["provisional"]) == (True, False)


async def test_r_406_a_held_deadline_is_shown_as_held_and_nothing_is_accepted_meanwhile(gated: Gated) -> None:
    player = gated.player
    await under_review(player)
    gated.gate.clear()
    player.jump("2025-10-15 03:00")
    await eventually(lambda: held(player))
    assert (await item(player))["state"] == "under_review"
    assert await requested_lines(player) == ["advance"]
    gated.gate.set()
    await player.settle()
    assert (await item(player))["effective_at"] == instant_of("2025-10-15 00:00")


async def test_r_445_a_line_that_waits_for_the_signing_is_requested_by_it(player: Player) -> None:
    await signed(player)
    (line, *_) = (await settlement(player, CONTRACT))["lines"]
    assert (line["line"], line["state"], line["generation"]) == ("advance", "requested", 0)
    assert DRAFT["payment_lines"][1]["conditions"] == [{"kind": "item_accepted", "item": ITEM}]
