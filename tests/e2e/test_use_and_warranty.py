"""Alibaba 25 on its other ways to an end: use, silence, and a warranty whose start rests on them (R-190, R-246)."""

from __future__ import annotations

from typing import Any

from services.demo import drafts
from services.demo.alibaba_25 import LINES, REPORT, SURVEY, TUNING, VERIFICATION
from services.demo.player import Player, instant_of, moment_of
from tests.e2e.world import NOTICE, act, requested_lines, signed

CONTRACT = "C-25"
DRAFT = drafts.draft(CONTRACT, "alibaba-25", "实时计算性能调优", drafts.price("400000", "1", "400000", LINES))
PATH = f"/contracts/{CONTRACT}/items/{REPORT}"
PHASES = (SURVEY, TUNING, VERIFICATION)


async def submitted(player: Player) -> None:
    """All phases confirmed; the report is submitted on Tuesday 30 September 2025: the review ends on 15 October."""
    await player.until("2025-09-26 09:00")
    await signed(player, DRAFT)
    for phase in PHASES:
        for who in ("zhang", "wang"):
            path = f"/contracts/{CONTRACT}/items/{phase}"
            shown = (await player.read(who, path))["content_sha256"]
            await act(player, who, f"{path}/acceptances", {"form": "joint_confirmation", "content_sha256": shown})
    await player.until("2025-09-30 15:00")
    await act(player, "wang", f"{PATH}/submissions", drafts.submission(REPORT))


async def report(player: Player) -> dict[str, Any]:
    """The report as an item."""
    found: dict[str, Any] = await player.read("auditor", PATH)
    return found


async def timeline(player: Player, kind: str) -> list[dict[str, Any]]:
    """The entries of a type."""
    entries = await player.read_all("auditor", f"/contracts/{CONTRACT}/timeline")
    return [entry for entry in entries if entry["type"] == kind]


async def test_r_190_use_accepts_while_a_discrepancy_is_open_with_effect_of_the_use(player: Player) -> None:
    await submitted(player)
    await player.until("2025-10-09 10:00")
    await act(player, "li", f"{PATH}/discrepancies", NOTICE)
    await player.until("2025-10-13 10:00")
    used_at = instant_of("2025-10-10 02:00")
    use = {"used_at": used_at, "description": "大促看板直接读取结果表", "evidence_sha256": "c" * 64}
    await act(player, "wang", f"{PATH}/uses", use)
    found = await report(player)
    assert (found["state"], found["basis"], found["effective_at"]) == ("accepted", "use", used_at)
    assert found["deadlines"] == []
    (accepted,) = (entry for entry in await timeline(player, "acceptance.accepted.v1") if entry["item"] == REPORT)
    assert (accepted["effective_at"], moment_of(accepted["recorded_at"])) == (used_at, "2025-10-13 10:00")
    assert (await requested_lines(player, CONTRACT))[-1] == "report"


async def test_r_186_a_neutral_reply_does_not_stop_the_silence_of_alibaba_25(embedded: Player) -> None:
    await submitted(embedded)
    await embedded.until("2025-10-13 10:00")
    reply = {"kind": "reply", "channel": "email", "content_sha256": "d" * 64}
    await act(embedded, "li", f"/contracts/{CONTRACT}/items/{REPORT}/communications", reply)
    await embedded.until("2025-10-15 09:00")
    found = await report(embedded)
    assert (found["state"], found["basis"], moment_of(found["effective_at"])) == (
        "accepted",
        "silence",
        "2025-10-15 00:00",
    )


async def test_r_247_a_warranty_after_silence_starts_with_the_deemed_date_and_says_that_nobody_signed(
    player: Player,
) -> None:
    await submitted(player)
    runs = f"/contracts/{CONTRACT}/trial-runs"
    await act(player, "wang", runs, {"what": "started", "on": "2025-09-30"})
    await player.until("2025-10-15 09:00")
    assert await timeline(player, "acceptance.after_care_started.v1") == []
    await act(player, "wang", runs, {"what": "ended", "on": "2025-10-14"})
    (started,) = await timeline(player, "acceptance.after_care_started.v1")
    assert moment_of(started["effective_at"]) == "2025-10-15 00:00"
    assert "report unsigned" in started["text_en"]
    await player.until("2025-11-16 09:00")
    # One month from 15 October: until the 15th of November, a Saturday that is not rolled.
    (ended,) = await timeline(player, "acceptance.after_care_ended.v1")
    assert moment_of(ended["effective_at"]) == "2025-11-16 00:00"
    assert (await requested_lines(player, CONTRACT))[-1] == "retention"


async def test_r_147_a_wish_to_change_what_is_accepted_is_a_flag_and_the_acceptance_stays(embedded: Player) -> None:
    await submitted(embedded)
    await embedded.until("2025-10-15 09:00")
    wish = {"reason": "希望补充压测章节"}
    await act(embedded, "li", f"{PATH}/change-requests", wish)
    found = await report(embedded)
    assert (found["state"], found["change_requests"]) == ("accepted", [["", "希望补充压测章节"]])
    objection = await embedded.act("li", f"{PATH}/discrepancies", NOTICE, "too-late")
    assert (objection.kind, objection.rule) == ("without_effect", "R-401")
