"""What a database knows of itself: the ledger that it belongs to, and a name of its own.

Written at the first start and never again. A process that was pointed at another database, another broker or a typo in
the name of a schema would otherwise join a living ledger with an empty log, and refuse what is valid there.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.eventstore.port import Document, EventLog

VIEW: Final = "ledger/membership"
KEY: Final = "own"
TENANT: Final = "ledger"


class Membership(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The id of a ledger, and the id of one of its databases. `registered`: the ledger has been seen to know it."""

    ledger: str
    database: str
    registered: bool = False


class ForeignLedger(Exception):
    """Two things that were brought together belong to different ledgers; the text says which, in both languages."""


def new_membership() -> Membership:
    """Names that nobody else has; for the edge of a process."""
    return Membership(ledger=str(uuid4()), database=str(uuid4()))


async def membership(log: EventLog[Any]) -> Membership | None:
    """What the database of the log says; None before its first start."""
    found = await log.get_document(VIEW, TENANT, KEY)
    return msgspec.json.decode(found, type=Membership) if found else None


async def claim(log: EventLog[Any], wanted: Membership) -> Membership:
    """Write it at the first start; returns what is there then, which a replica that starts beside may have written."""
    document = Document(tenant=TENANT, key=KEY, body=msgspec.json.encode(wanted))
    await log.put_documents(VIEW, [document], 0, 1)
    claimed = await membership(log)
    return claimed or wanted


async def mark_registered(log: EventLog[Any], own: Membership) -> Membership:
    """Note that the ledger knows the database, so that a later start need not ask first."""
    registered = replace(own, registered=True)
    document = Document(tenant=TENANT, key=KEY, body=msgspec.json.encode(registered))
    await log.put_documents(VIEW, [document], 1, 2)
    return registered


async def same_ledger(log: EventLog[Any], name: str, wanted: Membership) -> Membership:
    """Make the database of the log one of the ledger `wanted` names, or find that it is; raises ForeignLedger."""
    own = await membership(log) or await claim(log, wanted)
    if own.ledger != wanted.ledger:
        raise ForeignLedger(
            f"the database of {name} belongs to the ledger {own.ledger}, not to {wanted.ledger}; "
            f"it has been copied or named by mistake. "
            f"{name} 的数据库属于账本 {own.ledger}，而非 {wanted.ledger}，可能是误复制或误配置。"
        )
    return own
