"""The keys registered for internal systems: who signs with each, for which tenant, and from when to when.

A key is rotated by registering the next one beside it, and revoked by a date and the instant at which that was written
down. It stays in the file: what the broker had taken in by the later of the two counts (R-427).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from shared.config import ConfigError
from shared.identity.keys import VerificationKey, parse_jwks
from shared.identity.tokens import GRANTS, RESERVED_ORGANISATION, PlainName
from shared.kernel.actors import Actor
from shared.kernel.admission import admit
from shared.kernel.errors import InvalidRequest
from shared.kernel.ids import Identifier
from shared.kernel.instants import Instant


class Sender(Struct, frozen=True, kw_only=True):
    """A registered key and the identity behind it; valid in `[valid_from, revoked_at)`."""

    key: VerificationKey
    tenant: str
    actor: Actor
    valid_from: Instant
    revoked_at: Instant | None

    def valid_at(self, instant: Instant) -> bool:
        """Whether what the broker took in at that instant may be signed with this key."""
        return self.valid_from <= instant and (self.revoked_at is None or instant < self.revoked_at)


class SenderRegistry:
    """The senders by key id."""

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self._senders = dict(senders)
        self._tenants = {sender.tenant for sender in senders.values()}

    def sender(self, key_id: str) -> Sender | None:
        """Who signs with that key."""
        return self._senders.get(key_id)

    def knows_tenant(self, tenant: str) -> bool:
        """Whether anybody sends for this tenant."""
        return tenant in self._tenants


class _Registration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    jwk: dict[str, Any]
    issuer: PlainName
    subject: PlainName
    organisation: Identifier
    tenant: Identifier
    valid_from: Instant
    revoked_at: Instant | None = None
    revocation_recorded_at: Instant | None = None
    grants: tuple[str, ...] = ()


class _Registrations(Struct, frozen=True, forbid_unknown_fields=True):
    keys: list[_Registration]


def senders_from_file(path: Path) -> SenderRegistry:
    """The registry in a file; raises ConfigError that names the file and what is wrong with it."""
    try:
        return parse_senders(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. 无法读取 {path}。") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not a usable key registry: {error}. {path} 不是可用的密钥登记文件。") from None


def parse_senders(document: bytes) -> SenderRegistry:
    """The registry in a JSON text `{"keys": [{"jwk", "issuer", "subject", "organisation", "tenant", ...}]}`.

    Raises ValueError for anything else, for a value that cannot be, for an unknown grant, and for the ledger's own
    organisation.
    """
    decoded = msgspec.json.decode(document, type=_Registrations)
    try:
        admit(decoded, _Registrations)
    except InvalidRequest as error:
        raise ValueError(f"{error.field}: {error.detail}") from None
    registrations = decoded.keys
    keys = parse_jwks(msgspec.json.encode({"keys": [registration.jwk for registration in registrations]}))
    return SenderRegistry({r.jwk["kid"]: _sender(r, keys[r.jwk["kid"]]) for r in registrations})


def _sender(registration: _Registration, key: VerificationKey) -> Sender:
    if registration.organisation == RESERVED_ORGANISATION:
        raise ValueError(f"key {key.key_id} is for an organisation that is reserved")
    if unknown := set(registration.grants) - set(GRANTS):
        raise ValueError(f"key {key.key_id} has grants that do not exist: {', '.join(sorted(unknown))}")
    actor = Actor(
        issuer=registration.issuer,
        subject=registration.subject,
        organisation=registration.organisation,
        grants=tuple(sorted(set(registration.grants))),
    )
    return Sender(
        key=key,
        tenant=registration.tenant,
        actor=actor,
        valid_from=registration.valid_from,
        revoked_at=_revoked_at(registration),
    )


def _revoked_at(registration: _Registration) -> Instant | None:
    """From the later of its date and its recording (R-427)."""
    date, recorded_at = registration.revoked_at, registration.revocation_recorded_at
    if date is None and recorded_at is None:
        return None
    if date is None or recorded_at is None:
        raise ValueError("revoked_at and revocation_recorded_at come together")
    return max(date, recorded_at)
