"""A JWK Set gives public signature keys, each bound to one algorithm, or an error that names what is wrong."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.identity.keys import parse_jwks, read_jwks

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


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (SHORT, "key short is shorter than 2048 bits"),
        ({**PUBLIC, "kid": "e", "use": "enc"}, "key e is not for signatures"),
        ({**PUBLIC, "kid": "k", "alg": "ECDH-ES"}, "key k needs an alg"),
        ({**PUBLIC, "kid": "d", "x": "AA"}, "key d is damaged"),
        ({**PRIVATE, "kid": "p"}, "key p is a private or symmetric key"),
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, "key s is a private or symmetric key"),
        ({**PUBLIC, "kid": 7}, "a key has no kid"),
    ],
)
def test_a_key_that_is_not_usable_is_passed_over_and_named_and_the_others_count(
    other: dict[str, Any], reason: str
) -> None:
    found = read_jwks(jwks(other, CURVE))
    assert (set(found.keys), len(found.passed_over)) == ({"two"}, 1)
    assert reason in found.passed_over[0] and "c2VjcmV0" not in found.passed_over[0]
    with pytest.raises(ValueError, match=reason):
        read_jwks(jwks(other))


def test_of_several_keys_with_one_name_none_counts() -> None:
    found = read_jwks(jwks(PUBLIC, CURVE, {**CURVE, "kid": "one"}))
    assert (set(found.keys), found.passed_over) == ({"two"}, ("two keys have the same kid one",))
