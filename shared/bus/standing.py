"""What of a bus does not go on by itself, said for readiness, the log of a process and a metric.

Probes are public, so topics are named and no contracts; the log names the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from shared.bus.delivery import WaitingFeed
from shared.bus.lane import Lane
from shared.kernel.errors import Trouble


def standing(feeds: Iterable[WaitingFeed], lanes: Iterable[Lane], closed: Iterable[str] = ()) -> Trouble | None:
    """The feeds that stand by topic, and the partitions that something is wrong with; None when there are none.

    `closed` are topics of which nothing can be read.
    """
    zh, en = [], []
    for topic, number in sorted(Counter(feed.topic for feed in feeds if feed.stands).items()):
        zh.append(f"{topic} 有 {number} 个来源未能继续接收")
        en.append(f"{number} feeds of {topic} do not go on")
    for trouble in filter(None, (lane.trouble() for lane in lanes)):
        zh.append(trouble.zh)
        en.append(trouble.en)
    for topic in sorted(closed):
        zh.append(f"主题 {topic} 不存在或无权读取，请检查主题与 ACL（qizhang topics check）")
        en.append(f"the topic {topic} is not there or may not be read; look at it and its ACL (qizhang topics check)")
    return Trouble("；".join(zh), "; ".join(en)) if zh else None
