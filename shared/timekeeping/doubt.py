"""What a ledger without a clock beside its own remembers of a clock that was set: who found it, and who confirmed it.

It stands in the ledger's own database, so that a restart does not forget it. Losing it with the last moments before a
power cut costs a question that is asked again.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.eventstore.port import Document, EventLog
from shared.kernel.instants import Instant

STORED_NAME: Final = "clock"
_CURRENT: Final = "current"
_TENANT: Final = ""
_CONFIRMED_LABEL: Final = "confirmed"


class ClockDoubt(Struct, frozen=True, kw_only=True):
    """A clock that said `set_from` and then, without time having passed for it, `set_to`.

    Open until a person has confirmed the present (`confirmed_by`, `confirmed_at`), or the clock was put back.
    `accepted` is the newest instant on record that whoever confirmed knew of: it may lie ahead of a clock that he
    found right.
    """

    set_from: Instant
    set_to: Instant
    found_at: Instant
    open: bool = True
    confirmed_by: str = ""
    confirmed_at: Instant | None = None
    accepted: Instant | None = None


async def remembered(log: EventLog[Any]) -> ClockDoubt | None:
    """The newest doubt, open or not."""
    body = await log.get_document(STORED_NAME, _TENANT, _CURRENT)
    return None if body is None else msgspec.json.decode(body, type=ClockDoubt)


async def remember(log: EventLog[Any], doubt: ClockDoubt) -> None:
    """Put `doubt` in the place of the newest; one that a person has confirmed is kept beside it for good."""
    body = msgspec.json.encode(doubt)
    while True:
        place = await log.get_position(STORED_NAME)
        documents = [Document(tenant=_TENANT, key=_CURRENT, body=body)]
        if doubt.confirmed_by:
            documents.append(
                Document(
                    tenant=_TENANT,
                    key=str(place + 1),
                    body=body,
                    order=doubt.confirmed_at or "",
                    labels=(_CONFIRMED_LABEL,),
                )
            )
        if await log.put_documents(STORED_NAME, documents, place, place + 1):
            return


async def newest_recorded_at(log: EventLog[Any]) -> Instant | None:
    """When the newest event of the log was recorded; None for an empty one."""
    head = await log.head()
    newest = await log.read(head - 1, 1) if head else ()
    return newest[-1].recorded_at if newest else None


async def confirm(log: EventLog[Any], by: str, now: Instant) -> ClockDoubt | None:
    """A person says that the clock, which says `now`, is right; None when nobody doubted it."""
    doubt = await remembered(log)
    if doubt is None or not doubt.open:
        return None
    accepted = max(filter(None, (await newest_recorded_at(log), doubt.accepted)), default=None)
    confirmed = replace(doubt, open=False, confirmed_by=by, confirmed_at=now, accepted=accepted)
    await remember(log, confirmed)
    return confirmed
