"""Which legal clock a process keeps: the system's, or one in a file that a demo or a test moves for all processes.

`QIZHANG_LEGAL_CLOCK_FILE` names the file, `QIZHANG_GRACE_S` shortens the grace of due deadlines, with the file only.
"""

from __future__ import annotations

import logging
from pathlib import Path

from msgspec import Struct

from services.hosting.runtime import GRACE_S
from shared.config import ConfigError, Environment
from shared.kernel.clock import LegalClock, SystemLegalClock
from shared.kernel.clock_file import FileLegalClock
from shared.web.probes import Check, Trouble

GRACE_MAX_S = 600.0

_log = logging.getLogger("qizhang.legal_time")


class LegalTimeConfig(Struct, frozen=True, kw_only=True):
    """Where legal time comes from (None: the system), and how long a due deadline waits by machine time (R-401)."""

    clock_file: Path | None = None
    grace_s: float = GRACE_S


def legal_time_config(environment: Environment) -> LegalTimeConfig:
    """`QIZHANG_LEGAL_CLOCK_FILE` and `QIZHANG_GRACE_S`; raises ConfigError.

    A grace shorter than the life of a request could let a deadline fire before an act that was in time is decided.
    On virtual time nothing is on its way while the clock is moved, so there it may be shorter.
    """
    path = environment.path("QIZHANG_LEGAL_CLOCK_FILE")
    grace_s = environment.seconds("QIZHANG_GRACE_S", GRACE_S, minimum=0, maximum=GRACE_MAX_S)
    if path is None and grace_s < GRACE_S:
        environment.fault(
            ConfigError(
                f"QIZHANG_GRACE_S is below {GRACE_S:g} s without QIZHANG_LEGAL_CLOCK_FILE; only demos and tests may "
                f"do so. 未设置 QIZHANG_LEGAL_CLOCK_FILE 时，QIZHANG_GRACE_S 不得小于 {GRACE_S:g} 秒，仅演示与测试可以更短。"
            )
        )
    if path is not None and _trouble(path):
        environment.fault(
            ConfigError(
                "QIZHANG_LEGAL_CLOCK_FILE is wrong; expected: a file that holds an instant, such as "
                "2026-03-02T01:30:00.000Z. QIZHANG_LEGAL_CLOCK_FILE 的值不正确，应为保存一个时刻的文件。"
            )
        )
    return LegalTimeConfig(clock_file=path, grace_s=grace_s)


def legal_clock(config: LegalTimeConfig) -> LegalClock:
    """The clock; one that is not the system's is announced in the log, for it decides about money."""
    if config.clock_file is None:
        return SystemLegalClock()
    _log.warning(
        "LEGAL TIME IS VIRTUAL: it stands in %s, for demos and tests only; deadlines wait %g s. 法律时间为虚拟时间，仅供演示与测试。",
        config.clock_file,
        config.grace_s,
    )
    return FileLegalClock(config.clock_file)


def legal_clock_checks(config: LegalTimeConfig) -> tuple[Check, ...]:
    """On virtual time readiness names it, and whether it can be read; nothing for the system's clock."""
    path = config.clock_file
    if path is None:
        return ()

    async def trouble() -> Trouble | None:
        return _trouble(path)

    return (Check(name="virtual_legal_time", trouble=trouble),)


def _trouble(path: Path) -> Trouble | None:
    try:
        FileLegalClock(path).now()
    except (OSError, ValueError):
        return Trouble("无法从文件读取法律时间", "legal time cannot be read from its file")
    return None
