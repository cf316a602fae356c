"""The public keys of an issuer, by key id: a port, and its source from a JWK Set (RFC 7517).

Each key is bound to one algorithm, so a token can never choose how it is verified. Symmetric and private keys are
refused where they are loaded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, Protocol

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from msgspec import Struct

# Asymmetric signatures only; RSASSA-PKCS1-v1_5 stays because many identity providers sign with nothing else.
ALGORITHMS: Final = ("EdDSA", "ES256", "PS256", "RS256")
RSA_BITS_MIN: Final = 2048
KEYS_MAX: Final = 64

_ALGORITHM_OF_CURVE = {"Ed25519": "EdDSA", "P-256": "ES256"}
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class VerificationKey(Struct, frozen=True, kw_only=True):
    """A public key, and the one algorithm it is used with."""

    key_id: str
    algorithm: str
    public_key: Any


class KeySource(Protocol):
    """Where keys come from: a development issuer, or a JWK Set that is read again (`shared/identity/jwks.py`)."""

    def key(self, key_id: str) -> VerificationKey | None:
        """The key of that id, as known now; raises KeysUnavailable when nothing is known for sure."""

    async def renewed(self) -> bool:
        """Look for newer keys, because one is missing; whether that was possible."""


class FixedKeys:
    """Keys that do not change while the process runs."""

    def __init__(self, keys: Mapping[str, VerificationKey]) -> None:
        self._keys = dict(keys)

    def key(self, key_id: str) -> VerificationKey | None:
        """The key of that id, if it is one of them."""
        return self._keys.get(key_id)

    async def renewed(self) -> bool:
        """There are no others."""
        return False


class KeySet(Struct, frozen=True, kw_only=True):
    """The keys of an issuer by key id; `passed_over` says of each other member why it is none, for people to read."""

    keys: Mapping[str, VerificationKey]
    passed_over: tuple[str, ...] = ()


def parse_jwks(document: bytes) -> dict[str, VerificationKey]:
    """The keys of a JWK Set by key id; raises ValueError on anything that is no public signature key."""
    found = read_jwks(document)
    if found.passed_over:
        raise ValueError(found.passed_over[0])
    return dict(found.keys)


def read_jwks(document: bytes) -> KeySet:
    """The usable keys of the set of an issuer, who may have others in it: those are passed over (RFC 7517, 5).

    Raises ValueError when not one is usable.
    """
    try:
        members: list[dict[str, Any]] = msgspec.json.decode(document, type=_Members).keys
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    if not 0 < len(members) <= KEYS_MAX:
        raise ValueError(f"it must hold 1 to {KEYS_MAX} keys")
    keys: dict[str, VerificationKey] = {}
    passed_over = []
    named = Counter(str(member.get("kid")) for member in members)
    for member in members:
        try:
            key = _verification_key(member)
            # Which of them a token means cannot be told, so none of them counts.
            if named[key.key_id] > 1:
                raise ValueError(f"two keys have the same kid {key.key_id}")
            keys[key.key_id] = key
        except ValueError as error:
            passed_over.append(str(error))
    if not keys:
        raise ValueError("; ".join(passed_over))
    return KeySet(keys=keys, passed_over=tuple(dict.fromkeys(passed_over)))


class _Members(Struct, frozen=True):
    keys: list[dict[str, Any]]


def _algorithm(member: dict[str, Any]) -> str | None:
    algorithm = member.get("alg") or _ALGORITHM_OF_CURVE.get(str(member.get("crv")))
    return algorithm if algorithm in ALGORITHMS else None


def _verification_key(member: dict[str, Any]) -> VerificationKey:
    key_id = member.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise ValueError("a key has no kid")
    if _PRIVATE_MEMBERS & member.keys() or member.get("kty") == "oct":
        raise ValueError(f"key {key_id} is a private or symmetric key")
    if member.get("use", "sig") != "sig":
        raise ValueError(f"key {key_id} is not for signatures")
    algorithm = _algorithm(member)
    if algorithm is None:
        raise ValueError(f"key {key_id} needs an alg of {', '.join(ALGORITHMS)}")
    try:
        public_key = jwt.PyJWK(member, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        raise ValueError(f"key {key_id} is damaged or does not fit its algorithm") from None
    if isinstance(public_key, RSAPublicKey) and public_key.key_size < RSA_BITS_MIN:
        raise ValueError(f"key {key_id} is shorter than {RSA_BITS_MIN} bits")
    return VerificationKey(key_id=key_id, algorithm=algorithm, public_key=public_key)
