"""A JWK Set gives public signature keys, each bound to one algorithm, or an error that names what is wrong."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.identity.keys import parse_jwks

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


def test_a_published_set_may_hold_keys_for_other_purposes() -> None:
    foreign = ({**PUBLIC, "kid": "e", "use": "enc"}, {**PUBLIC, "kid": "k", "alg": "ECDH-ES"})
    assert set(parse_jwks(jwks(PUBLIC, *foreign), published=True)) == {"one"}
    with pytest.raises(ValueError, match="1 to"):
        parse_jwks(jwks(*foreign), published=True)
    with pytest.raises(ValueError, match="private or symmetric"):
        parse_jwks(jwks(PRIVATE), published=True)
