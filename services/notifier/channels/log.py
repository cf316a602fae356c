"""The log channel: every notice stands in the log of the process, whatever other channels do; it reaches nobody."""

from __future__ import annotations

import logging

from services.notifier.channels.port import Outcome, Parcel

logger = logging.getLogger("ledger.notices")


class LogChannel:
    """Writes ids, never names or texts: logs hold no personal data."""

    async def send(self, parcel: Parcel) -> Outcome:
        """Always succeeds."""
        notice = parcel.notice
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
        return Outcome()
