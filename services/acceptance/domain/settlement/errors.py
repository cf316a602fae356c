"""Why a price change is refused as a whole (R-222, R-440, R-444), in Chinese and in English."""

from __future__ import annotations

LINE_TWICE = "付款节点重复 / a line appears twice"
NO_CONDITION = "付款节点没有条件 / a line has no condition"


def other_price_version(drawn_on: int, now_at: int) -> str:
    """Drawn on a plan that has changed since."""
    return (
        f"依据价格版本 {drawn_on} 拟定，现为版本 {now_at} / drawn on price version {drawn_on}, "
        f"the settlement is at {now_at}"
    )


def line_requested(line: str) -> str:
    """What is requested is immutable."""
    return f"付款节点 {line} 已申请开票，不可变更 / line {line} is requested already and cannot change"


def not_positive(line: str) -> str:
    """Nobody is asked for nothing (R-440)."""
    return f"付款节点 {line} 的金额须大于零 / the amount of line {line} has to be greater than zero"


def does_not_add_up(total: object) -> str:
    """Lines or price sheet against the total."""
    return f"合计与总价 {total} 不符 / the amounts do not add up to {total}"


def closed_item(line: str, item: str) -> str:
    """A condition that can never hold."""
    return f"付款节点 {line} 所依验收项 {item} 已关闭 / line {line} waits for item {item}, which is closed"
