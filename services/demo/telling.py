"""The printed timeline: acts and their answers, what followed, deadlines with each counted day, invoice requests.

Pure: each function turns what the ledger answered into lines in Chinese and English.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import Any

from services.cli.run import PEOPLE
from services.demo.player import Answer
from shared.kernel.instants import BEIJING, Instant, beijing_end, beijing_text, to_datetime
from shared.periods.explain import WEEKDAYS_EN, WEEKDAYS_ZH, WHY_EN, WHY_ZH

NAMES = {person.subject: person for person in PEOPLE}
OUTCOMES = {
    "done": "已记录 recorded",
    "unchanged": "此前已记录 already recorded",
    "conditional": "已记录，待裁定 conditional",
    "without_effect": "已记录但不生效 recorded without effect",
    "refused": "拒绝 refused",
}
STATUSES = {"armed": "", "held": "（到期待定 due, held）", "provisional": "（暂定 provisional）"}
SIDES = {"customer": "甲方 customer", "provider": "乙方 provider"}

# Told otherwise: by what follows from it, with the deadline itself, or with the answer to the act.
UNTOLD = {
    "contracts.settled_through.v1",
    "deadlines.deadline_set.v1",
    "acceptance.communication_without_effect.v1",
    "contracts.communication_without_effect.v1",
}
ACCEPTED = "acceptance.accepted.v1"
DAYS_PER_LINE = 6


def moment_line(now: Instant) -> str:
    """A heading: the present in Beijing."""
    day = to_datetime(now).astimezone(BEIJING)
    weekday = f"{WEEKDAYS_ZH[day.weekday()]} {WEEKDAYS_EN[day.weekday()]}"
    return f"\n── {_short(now)} {weekday} " + "─" * 60


def act_lines(who: str, zh: str, en: str, answer: Answer) -> Iterator[str]:
    """Who did what, and what the ledger said."""
    person = NAMES[who]
    yield f"▶ {who}（{person.role_zh} {person.role_en}）"
    yield f"    {zh} / {en}"
    yield from answer_lines(answer)


def answer_lines(answer: Answer) -> Iterator[str]:
    """How an act ended, by which rule, and why."""
    rule = f" {answer.rule}" if answer.rule else ""
    yield f"    → {OUTCOMES[answer.kind]}{rule}"
    if answer.kind in ("refused", "without_effect"):
        yield f"      {answer.code}: {answer.body['title_zh']} / {answer.body['title_en']}"
    if answer.body.get("detail"):
        yield f"      {answer.body['detail']}"
    for key, value in answer.data.items():
        if key.startswith("warning"):
            yield f"    ⚠ {value}"


def entry_lines(entry: dict[str, Any]) -> Iterator[str]:
    """An entry of the contract's timeline; when it took effect, where that is not when it was recorded (R-400)."""
    if entry["type"] in UNTOLD:
        return
    when = ""
    if entry["effective_at"] != entry["recorded_at"]:
        when = f"［生效 effective {_short(entry['effective_at'])}］"
    yield f"    · {_short(entry['recorded_at'])} {entry['rule']:<5} {entry['text_zh']}{when}"
    yield f"      {'':<16} {'':<5} {entry['text_en']}"


def acceptance_lines(item: dict[str, Any]) -> Iterator[str]:
    """On which grounds an item is accepted: profile, what was received when, by whose signatures or silence (R-406)."""
    yield (
        f"      依据 grounds: {item['basis']}，规则类型 profile {item['profile']}，"
        f"生效 effective {_short(item['effective_at'])}，事件 event {item['acceptance_event']}"
    )
    for found in item["submitted"]:
        submission = found["submission"]
        yield (
            f"        收到 received {_short(found['received_at'])} {submission['deliverable']}"
            f" v{submission['version']} sha256 {submission['content_sha256'][:12]}…"
        )


def deadline_lines(deadline: dict[str, Any]) -> Iterator[str]:
    """A deadline and why: trigger, period, calendar version, each day (R-402)."""
    derivation = deadline["derivation"]
    about = deadline["item"] or deadline["subject"]
    yield (
        f"    ⏱ {deadline['timer']} {deadline['rule']} {about} {deadline['kind']}：{SIDES[deadline['side']]}"
        f" 止 due {beijing_end(deadline['due_at'])}{STATUSES[deadline['status']]}"
    )
    first_day = "当日届满 that very day" if derivation["spec"].startswith("0") else "当日不计 not counted, R-004"
    yield (
        f"      {derivation['spec']}，自 from {derivation['trigger_day']}（{first_day}）"
        f" 日历 calendar {derivation['calendar_id']} {derivation['calendar_version']}"
    )
    days = [" ".join(run) for run in _runs(derivation["steps"])]
    for start in range(0, len(days), DAYS_PER_LINE):
        yield "      " + "｜".join(days[start : start + DAYS_PER_LINE])


def _runs(steps: Iterable[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Each counted working day by itself; days passed over, and plain calendar days, from first to last."""
    for (counted, why), group in groupby(steps, key=lambda step: (step["counted"], step["why"])):
        days = list(group)
        if counted and why != "calendar_day":
            for step in days:
                yield f"{step['n']}=", _day(step["date"]), _why(why)
        else:
            numbers = f"{days[0]['n']}..{days[-1]['n']}=" if counted else "—"
            first, last = _day(days[0]["date"]), _day(days[-1]["date"])
            yield numbers, first if first == last else f"{first}..{last}", f"{WHY_ZH[why]} {WHY_EN[why]}"


def _why(why: str) -> str:
    return "" if why == "working_day" else f"{WHY_ZH[why]} {WHY_EN[why]}"


def _day(text: str) -> str:
    return f"{text[5:]} {WEEKDAYS_ZH[date.fromisoformat(text).weekday()]}"


def invoice_lines(request: dict[str, Any]) -> Iterator[str]:
    """An invoice request as finance gets it (R-446)."""
    yield (
        f"    ￥ R-442 开票申请 invoice request {request['line']}：{request['amount']} {request['currency']}"
        f"（{request['amount_in_words_zh']}）＝净额 net {request['net']} ＋ 税 tax {request['tax']}"
    )
    grounds = "、".join(f"{item['item']}（{item['basis']}）" for item in request["items"])
    yield f"      依据 grounds: {', '.join(request['basis'])} {grounds}  id {request['request_id']}"


def _short(instant: Instant) -> str:
    """Beijing time to the minute."""
    return beijing_text(instant)[:16].replace("T", " ")
