"""What the databases of one ledger tell each other: which database is whose.

The register is a list that only grows, kept by the broker. The first entry of the ledger names it, and the first of a
service names that service's database, until an operator releases the service: then the next to start is the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from shared.eventstore.port import EventLog
from shared.membership.own import ForeignLedger, Membership, mark_registered, membership, same_ledger

# The service of the entry that names the ledger.
LEDGER: Final = ""


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the register. `released`: what stood for the service before no longer does."""

    ledger: str
    service: str = LEDGER
    database: str = ""
    released: bool = False


class Register(Protocol):
    """Where the entries are kept."""

    async def entries(self) -> Sequence[Entry]:
        """All of them, in one order for everybody."""

    async def append(self, entry: Entry) -> None:
        """Add one; when it is back, `entries` has it for everybody."""


def ledger_of(entries: Sequence[Entry]) -> str | None:
    """The ledger that the register is of; None while it is empty."""
    return entries[0].ledger if entries else None


def databases(entries: Sequence[Entry]) -> Mapping[str, str]:
    """The database of each service."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.released:
            found.pop(entry.service, None)
        elif entry.service != LEDGER:
            found.setdefault(entry.service, entry.database)
    return found


async def join(log: EventLog[Any], service: str, register: Register, fresh: Membership) -> Membership:
    """Enter the database of a service, or find that it is the one that stands there; raises ForeignLedger.

    `fresh` is what the ledger and the database are called if this is the first start of all.
    """
    own = await membership(log)
    if ledger_of(await register.entries()) is None:
        await register.append(Entry(ledger=(own or fresh).ledger))
    ledger = ledger_of(await register.entries()) or fresh.ledger
    own = await same_ledger(log, service, Membership(ledger=ledger, database=fresh.database))
    if service not in databases(await register.entries()):
        await register.append(Entry(ledger=ledger, service=service, database=own.database))
    registered = databases(await register.entries())[service]
    if registered != own.database:
        raise ForeignLedger(
            f"the ledger {ledger} has another database for {service} ({registered}, this is {own.database}); look at "
            f"QIZHANG_DATABASE and QIZHANG_SCHEMA, or, if that one is gone for good: qizhang topics release {service}. "
            f"账本 {ledger} 中 {service} 登记的是另一数据库，请检查 QIZHANG_DATABASE 与 QIZHANG_SCHEMA；"
            f"如原数据库确已永久丢失，请执行 qizhang topics release {service}。"
        )
    return own if own.registered else await mark_registered(log, own)
