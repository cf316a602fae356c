"""The log channel: every notice stands in the notifier's own log, whatever other channels do."""

from __future__ import annotations

import logging

from services.notifier.channels.port import Outcome
from services.notifier.domain.events import Notice

LOG_TARGET = "log"
logger = logging.getLogger("ledger.notices")


class LogChannel:
    """Writes ids, never names or texts: logs hold no personal data."""

    async def send(self, tenant: str, notice: Notice, target: str, attempt: int) -> Outcome:
        """Always succeeds."""
        logger.info(
            "notice",
            extra={
                "action": "notice",
                "notice": notice.notice,
                "contract": notice.contract,
                "kind": notice.kind,
                "deadline": notice.deadline,
            },
        )
        return Outcome(evidence="logged")
