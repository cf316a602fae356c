"""A JWK Set gives public signature keys, each bound to one algorithm, or an error that names what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.config import ConfigError
from shared.identity.keys import keys_from_file, parse_jwks

EDWARDS = Ed25519PrivateKey.generate()
PUBLIC: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(EDWARDS.public_key(), as_dict=True) | {"kid": "one"}
PRIVATE: dict[str, Any] = jwt.algorithms.OKPAlgorithm.to_jwk(EDWARDS, as_dict=True) | {"kid": "one"}
CURVE: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(
    ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True
) | {"kid": "two"}
SHORT: dict[str, Any] = jwt.algorithms.RSAAlgorithm.to_jwk(
    rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key(), as_dict=True
) | {"kid": "short", "alg": "RS256"}


def jwks(*keys: dict[str, Any]) -> bytes:
    """A JWK Set of these keys."""
    return json.dumps({"keys": keys}).encode()


def test_the_algorithm_follows_from_the_curve() -> None:
    keys = parse_jwks(jwks(PUBLIC, CURVE))
    assert {key.key_id: key.algorithm for key in keys.values()} == {"one": "EdDSA", "two": "ES256"}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "truncated"),
        (b"{}", "keys"),
        (jwks(), "1 to"),
        (jwks({**PUBLIC, "kid": ""}), "no kid"),
        (jwks(PUBLIC, PUBLIC), "same kid"),
        (jwks(PRIVATE), "private or symmetric"),
        (jwks({"kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256"}), "private or symmetric"),
        (jwks({**PUBLIC, "use": "enc"}), "not for signatures"),
        (jwks({**PUBLIC, "alg": "HS256"}), "needs an alg"),
        (jwks({**PUBLIC, "x": "AA"}), "damaged"),
        (jwks({**CURVE, "alg": "EdDSA"}), "damaged"),
        (jwks({**SHORT, "alg": None}), "needs an alg"),
        (jwks(SHORT), "shorter than 2048"),
    ],
)
def test_what_is_no_public_signature_key_is_refused_when_it_is_loaded(document: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_jwks(document)


def test_keys_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(jwks(PUBLIC))
    keys = keys_from_file(path)
    assert keys.key("one") is not None
    assert keys.key("two") is None


def test_a_file_that_cannot_be_used_is_named_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    with pytest.raises(ConfigError, match=r"cannot be read.*无法读取"):
        keys_from_file(path)
    path.write_bytes(jwks(PRIVATE))
    with pytest.raises(ConfigError, match=r"not a usable JWK Set.*不是可用的") as refused:
        keys_from_file(path)
    assert PRIVATE["d"] not in str(refused.value)
