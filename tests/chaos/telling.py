"""What a chaos run prints: the plan and how to replay it, a line for every cycle, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from tests.chaos.schedule import Cycle, Fault

if TYPE_CHECKING:
    from tests.chaos.run import Verdict

SHOWN_MAX: Final = 200

WORDS: Final[Mapping[str, str]] = {
    "contracts": "合同 / contracts lived",
    "acknowledged": "已答复的操作 / acts acknowledged",
    "published": "经主题的命令 / commands over topics",
    "planted": "伪造的消息 / forged messages",
    "defective": "无法处理期限的合同 / contracts whose deadlines a defect keeps from being decided",
    "retried": "重试 / retries of them",
    "unstamped": "因时钟不可信而未受理 / not taken by a clock in doubt",
    "repeated": "答复后重发 / repeated after their answer",
    "notices": "应达回调 / messages for healthy webhooks",
    "again": "其中重复 / of them sent again",
    "slowest": "最慢秒数 / seconds of the slowest",
    "events": "事件 / events in the four logs",
    "records": "主题记录 / records on the topics",
    "duplicates": "其中重复 / of them duplicates",
    "deadlines": "期限 / deadlines",
    "lapsed": "其中到期 / of them lapsed",
    "away": "消息代理不在的秒数 / seconds without a broker",
}


def tell(line: str) -> None:
    """A line at once: somebody may be waiting for it."""
    print(line, flush=True)


def tell_schedule(seed: int, duration_s: int, cycles: Sequence[Cycle]) -> None:
    """What is going to happen."""
    faults = sum(len(cycle.faults) for cycle in cycles)
    tell(f"混沌 / chaos: seed {seed}, {duration_s} s, {len(cycles)} 轮 / cycles, {faults} 次故障 / faults")
    tell(f"重放 / replay: {_replay(seed, duration_s)}")


def tell_cycle(cycle: Cycle, acknowledged: int, retried: int) -> None:
    """What has happened in a cycle."""
    tell(f"[{cycle.number}] {cycle.begins_s:g}-{cycle.ends_s:g} s: {', '.join(map(_said, cycle.faults))}")
    tell(f"    {acknowledged} 答复 / acknowledged, {retried} 重试 / retried")


def tell_verdict(verdict: Verdict, seed: int, duration_s: int, took_s: float) -> None:
    """Figures, faults by kind, and everything that was found."""
    tell("")
    for name, number in verdict.figures.items():
        tell(f"{number:>9}  {WORDS[name]}")
    tell("故障 / faults:  " + _counted(verdict.faults))
    tell("答复 / answers: " + _counted(verdict.answers))
    for line in verdict.found[:SHOWN_MAX]:
        tell(f"  ✗ {line}")
    if verdict.found:
        count = len(verdict.found)
        tell(f"发现 {count} 处问题 / {count} findings in {took_s:.0f} s; {_replay(seed, duration_s)}")
    else:
        tell(f"账目无误 / nothing is lost, nothing is doubled ({took_s:.0f} s)")


def _said(fault: Fault) -> str:
    lasting = f" {fault.lasting_s:g} s" if fault.lasting_s else ""
    return f"{fault.at_s:g} {fault.kind} {fault.target}{lasting}" + (f" by {fault.ahead_s:+g}" if fault.ahead_s else "")


def _counted(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items())) or "0"


def _replay(seed: int, duration_s: int) -> str:
    return f"make chaos DURATION={duration_s} SEED={seed}"
