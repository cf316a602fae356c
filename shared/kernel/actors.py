"""Who acts (R-420): the authenticated identity, and the role in which it was found to act."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shared.kernel.admission import admitted_by
from shared.kernel.texts import check_name

Side = Literal["customer", "provider"]

# The reserved tenant that owns the catalogue and the calendars; every tenant reads it.
CATALOG_TENANT = "catalog"

PERSONAL = Meta(extra={"personal": True})
"""Marks a field as personal data, so that a later version can encrypt it per person (R-464)."""

Subject = Annotated[str, PERSONAL, admitted_by(check_name)]


class Actor(Struct, frozen=True, kw_only=True):
    """An identity: issuer + subject decide who it is, never a name or an address.

    `role` and `side` are empty in a command and filled by the decider in the event: the role held at
    `received_at` (R-427). `stands_in_for` is for delegation (R-422). `grants` are the tenant-wide grants of the
    token (`auditor`, `finance`, `catalog_admin`, `operator`), and `signatory`:
    the organisation lets this person sign for it.
    """

    issuer: str
    subject: Subject
    organisation: str
    role: str = ""
    side: str = ""
    stands_in_for: str = ""
    grants: tuple[str, ...] = ()


# Grants that see every contract of their tenant; an operator sees processes, no content.
READING_GRANTS: frozenset[str] = frozenset({"auditor", "finance"})


def may_see(actor: Actor, organisations: tuple[str, ...]) -> bool:
    """R-424: the organisations of the parties, and auditors and finance of the tenant."""
    return actor.organisation in organisations or not READING_GRANTS.isdisjoint(actor.grants)


SERVICES_REMEMBERED = 64

LEDGER_ISSUER = "ledger"
"""Who issues the identity of the ledger itself; no issuer of tokens is called so."""


@lru_cache(maxsize=SERVICES_REMEMBERED)
def system_actor(service: str) -> Actor:
    """The ledger itself, where no person acts: a fired deadline, an applied feed, a reaction."""
    return Actor(issuer=LEDGER_ISSUER, subject=service, organisation="ledger")
