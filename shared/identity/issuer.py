"""The development issuer of the embedded mode: an Ed25519 key in the data folder, and tokens signed with it.

It exists so that one process on a laptop needs no identity provider. A ledger that trusts an external issuer never
builds it.
"""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.config import ConfigError
from shared.identity.keys import FixedKeys, VerificationKey
from shared.identity.owner_file import owner_file
from shared.identity.tokens import TOKEN_LIFE_MAX_S, TOKEN_TYPES, TokenVerifier

ISSUER: Final = "qizhang-development"
AUDIENCE: Final = "qizhang"
KEY_FILE: Final = "development-issuer.pem"
KEY_ID: Final = "development"
LIFE_S_DEFAULT: Final = 12 * 3600.0


class DevelopmentIssuer:
    """Signs access tokens with the key of a data folder; makes the key on first use, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._key = _load_or_create(folder / KEY_FILE)

    def keys(self) -> FixedKeys:
        """The public half, for a verifier."""
        key = VerificationKey(key_id=KEY_ID, algorithm="EdDSA", public_key=self._key.public_key())
        return FixedKeys({KEY_ID: key})

    def jwks(self, key_id: str = KEY_ID) -> bytes:
        """The public half as a JWK set (RFC 7517, RFC 8037), for processes that read `QIZHANG_JWKS_FILE`."""
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key_id, "x": x}
        return msgspec.json.encode({"keys": [key]})

    def verifier(self) -> TokenVerifier:
        """A verifier of this issuer's tokens."""
        return TokenVerifier(ISSUER, AUDIENCE, self.keys())

    def token(
        self,
        *,
        subject: str,
        organisation: str,
        tenant: str,
        now_s: float,
        grants: tuple[str, ...] = (),
        life_s: float = LIFE_S_DEFAULT,
        key_id: str = KEY_ID,
    ) -> str:
        """An access token for a person of an organisation, valid from machine time `now_s` for `life_s`."""
        if not 0 < life_s <= TOKEN_LIFE_MAX_S:
            raise ValueError(f"a token lives at most {TOKEN_LIFE_MAX_S:.0f} s")
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "org": organisation,
            "tenant": tenant,
            "grants": list(grants),
            "client_id": "qizhang-cli",
            "jti": secrets.token_urlsafe(12),
            "iat": int(now_s),
            "exp": int(now_s + life_s),
        }
        return jwt.encode(claims, self._key, "EdDSA", {"typ": TOKEN_TYPES[0], "kid": key_id})


def _load_or_create(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(owner_file(path, _new_key), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path} is not an Ed25519 key; delete it to make a new one. {path} 不是 Ed25519 密钥。")
    return key


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
