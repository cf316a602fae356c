"""Tokens that must not be believed (RFC 8725, RFC 9068): each is 401 in the ledger's terms, and none shows in a log."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.identity.keys import FixedKeys, VerificationKey
from shared.identity.tokens import TOKEN_CHARS_MAX, TOKEN_LIFE_MAX_S, Identity, TokenVerifier
from shared.kernel.errors import Unauthenticated

NOW_S = 1_772_415_000
KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()
CURVE_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
KEYS = FixedKeys(
    {
        "one": VerificationKey(key_id="one", algorithm="EdDSA", public_key=KEY.public_key()),
        "curve": VerificationKey(key_id="curve", algorithm="ES256", public_key=CURVE_KEY.public_key()),
        "rsa": VerificationKey(key_id="rsa", algorithm="PS256", public_key=RSA_KEY.public_key()),
    }
)
HEADER = {"alg": "EdDSA", "typ": "at+jwt", "kid": "one"}
CLAIMS = {
    "iss": "https://login.example",
    "aud": "qizhang",
    "sub": "zhang",
    "client_id": "console",
    "jti": "j-1",
    "iat": NOW_S - 60,
    "exp": NOW_S + 600,
    "tenant": "demo",
    "org": "acme",
    "grants": ["auditor", "made_up"],
}

Signer = Callable[[bytes], bytes]


def verifier() -> TokenVerifier:
    """A verifier as the ledger builds it."""
    return TokenVerifier("https://login.example", "qizhang", KEYS)


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(
    header: Mapping[str, Any] | bytes = HEADER, claims: Mapping[str, Any] | bytes = CLAIMS, sign: Signer = KEY.sign
) -> str:
    """A token put together by hand, so that nothing keeps it from being wrong."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(map(encoded, parts))
    return f"{signed}.{encoded(sign(signed.encode()))}"


def with_header(**members: Any) -> str:
    """A well signed token with other header members; None leaves one out."""
    return token(header={name: value for name, value in {**HEADER, **members}.items() if value is not None})


def with_claims(**members: Any) -> str:
    """A well signed token with other claims; None leaves one out."""
    return token(claims={name: value for name, value in {**CLAIMS, **members}.items() if value is not None})


def hmac(key: bytes) -> Signer:
    """HS256 with any bytes as key: the confusion of algorithms."""

    def sign(data: bytes) -> bytes:
        mac = HMAC(key, SHA256())
        mac.update(data)
        return mac.finalize()

    return sign


def respelled(position: int) -> str:
    """A good token with one character of a segment's end replaced by another that decodes to the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    segments = GOOD.split(".")
    segment = segments[position]
    for letter in alphabet:
        candidate = segment[:-1] + letter
        padded = candidate + "=" * (-len(candidate) % 4)
        original = segment + "=" * (-len(segment) % 4)
        if candidate != segment and base64.urlsafe_b64decode(padded) == base64.urlsafe_b64decode(original):
            return ".".join([*segments[:position], candidate, *segments[position + 1 :]])
    raise ValueError("this segment has only one spelling")


GOOD = token()
PRIVATE_JWK = jwt.algorithms.OKPAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True)
LONG_CLAIM = json.dumps({**CLAIMS, "extra": "x" * TOKEN_CHARS_MAX}).encode()

CORPUS: dict[str, str] = {
    "empty": "",
    "one segment": "eyJhbGciOiJub25lIn0",
    "two segments": ".".join(GOOD.split(".")[:2]),
    "four segments": GOOD + ".AAAA",
    "five segments like an encrypted token": GOOD + ".AAAA.AAAA",
    "padded": GOOD + "=",
    "white space inside": GOOD.replace(".", ". ", 1),
    "line break at the end": GOOD + "\n",
    "standard base64 alphabet": GOOD[:-1] + "+",
    "not ASCII": GOOD[:-1] + "é",
    "longer than a token may be": token(claims=LONG_CLAIM),
    "header is not JSON": token(header=b"{"),
    "header is a list": token(header=b"[]"),
    "header is not UTF-8": token(header=b'{"alg":"\xff"}'),
    "header names its algorithm twice": token(header=b'{"alg":"none","alg":"EdDSA","typ":"at+jwt","kid":"one"}'),
    "algorithm none, no signature": token({**HEADER, "alg": "none"}, sign=lambda data: b"")[:-1],
    "algorithm none, a signature": with_header(alg="none"),
    "algorithm NoNe": with_header(alg="NoNe"),
    "no algorithm": with_header(alg=None),
    "algorithm is a number": with_header(alg=7),
    "HS256 with the public key as secret": token({**HEADER, "alg": "HS256"}, sign=hmac(PEM)),
    "HS256 with an empty secret": token({**HEADER, "alg": "HS256"}, sign=hmac(b"")),
    "another algorithm than the key's": token({**HEADER, "kid": "curve"}, sign=KEY.sign),
    "RS256 for a key bound to PS256": token({**HEADER, "alg": "RS256", "kid": "rsa"}),
    "no key id": with_header(kid=None),
    "unknown key id": with_header(kid="two"),
    "key id as a path": with_header(kid="../../dev/null"),
    "key id as a query": with_header(kid="one' OR '1'='1"),
    "brings its own key": token({**HEADER, "jwk": PRIVATE_JWK}, sign=OTHER_KEY.sign),
    "brings its own key beside a good signature": with_header(jwk=PRIVATE_JWK),
    "names a key set": with_header(jku="https://evil.example/jwks"),
    "names a certificate": with_header(x5u="https://evil.example/cert"),
    "brings a certificate": with_header(x5c=["MIIB"]),
    "critical extension": with_header(crit=["exp"]),
    "unencoded payload": with_header(b64=False, crit=["b64"]),
    "compressed": with_header(zip="DEF"),
    "no type": with_header(typ=None),
    "an identity token": with_header(typ="JWT"),
    "a logout token": with_header(typ="logout+jwt"),
    "signed by another key": token(sign=OTHER_KEY.sign),
    "signature left out": GOOD.rpartition(".")[0] + ".",
    "signature cut": GOOD[:-10],
    "claims exchanged under the signature": GOOD.split(".")[0]
    + "."
    + with_claims(sub="li").split(".")[1]
    + "."
    + GOOD.split(".")[2],
    "signature spelled otherwise": respelled(2),
    "claims are not JSON": token(claims=b"zhang"),
    "claims are a list": token(claims=b"[]"),
    "a claim twice": token(claims=json.dumps(CLAIMS).encode()[:-1] + b',"sub":"li"}'),
    "another issuer": with_claims(iss="https://login.example.evil"),
    "issuer with a slash more": with_claims(iss="https://login.example/"),
    "no issuer": with_claims(iss=None),
    "another audience": with_claims(aud="console"),
    "audience only as a part": with_claims(aud="qizhang-test"),
    "audience in other letters": with_claims(aud="Qizhang"),
    "no audience": with_claims(aud=None),
    "empty list of audiences": with_claims(aud=[]),
    "expired": with_claims(iat=NOW_S - 900, exp=NOW_S - 60),
    "never expires": with_claims(exp=None),
    "expires in another age": with_claims(exp=NOW_S + TOKEN_LIFE_MAX_S + 3600),
    "expiry is a text": with_claims(exp=str(NOW_S + 600)),
    "expiry beyond every number": with_claims(exp=1e308),
    "expires before it was issued": with_claims(iat=NOW_S + 20, exp=NOW_S + 10),
    "not valid yet": with_claims(nbf=NOW_S + 300),
    "issued in the future": with_claims(iat=NOW_S + 300),
    "no time of issue": with_claims(iat=None),
    "no subject": with_claims(sub=None),
    "empty subject": with_claims(sub=""),
    "subject with a control character": with_claims(sub="zhang\u0000"),
    "subject with a line break at its end": with_claims(sub="zhang\n"),
    "tenant with a line break at its end": with_claims(tenant="demo\n"),
    "subject of blanks": with_claims(sub=" \u3000"),
    "subject that turns a text around": with_claims(sub="zhang\u202egnahz"),
    "subject with what is not seen": with_claims(sub="zhang\u200b"),
    "subject is a number": with_claims(sub=1001),
    "no client": with_claims(client_id=None),
    "no token id": with_claims(jti=None),
    "no tenant": with_claims(tenant=None),
    "tenant as a path": with_claims(tenant="demo/../other"),
    "list of tenants": with_claims(tenant=["demo", "other"]),
    "no organisation": with_claims(org=None),
    "the ledger's own organisation": with_claims(org="ledger"),
    "grants are a text": with_claims(grants="auditor"),
}


@pytest.mark.parametrize("bad", CORPUS.values(), ids=CORPUS.keys())
def test_a_token_of_the_corpus_is_not_believed_and_not_repeated(bad: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier().verify(bad, NOW_S)
    said = f"{refused.value} {refused.value.detail} {refused.value.data} {refused.value.__cause__}"
    assert not any(segment in said for segment in bad.split(".") if len(segment) > 8)


def test_the_corpus_is_not_empty_handed() -> None:
    assert len(CORPUS) >= 40
    assert len(set(CORPUS.values())) == len(CORPUS)


def test_a_good_token_names_tenant_person_organisation_and_the_grants_that_exist() -> None:
    identity = verifier().verify(GOOD, NOW_S)
    actor = identity.actor
    assert (identity.tenant, actor.issuer, actor.subject) == ("demo", "https://login.example", "zhang")
    assert (actor.organisation, actor.grants, actor.role, actor.side) == ("acme", ("auditor",), "", "")


@pytest.mark.parametrize(
    ("key_id", "algorithm", "private_key"), [("curve", "ES256", CURVE_KEY), ("rsa", "PS256", RSA_KEY)]
)
def test_keys_of_the_other_allowed_kinds_verify(key_id: str, algorithm: str, private_key: Any) -> None:
    good = jwt.encode(dict(CLAIMS), private_key, algorithm, {"typ": "at+jwt", "kid": key_id})
    assert verifier().verify(good, NOW_S).actor.subject == "zhang"


@pytest.mark.parametrize(
    "good",
    [
        with_claims(aud=["console", "qizhang"]),
        with_header(typ="application/AT+JWT"),
        with_header(x5t="ignored"),
        with_claims(grants=None),
        with_claims(iat=NOW_S + 20),
        with_claims(exp=NOW_S - 20),
    ],
    ids=["one of two audiences", "long type", "unknown member", "no grants", "clocks apart", "just expired"],
)
def test_what_the_standards_allow_is_believed(good: str) -> None:
    assert isinstance(verifier().verify(good, NOW_S), Identity)


def test_a_token_that_was_believed_expires_all_the_same() -> None:
    believing = verifier()
    believing.verify(GOOD, NOW_S)
    with pytest.raises(Unauthenticated, match="expired"):
        believing.verify(GOOD, NOW_S + 3600)


def test_a_key_that_was_withdrawn_ends_what_was_believed() -> None:
    class Withdrawing:
        def __init__(self) -> None:
            self.withdrawn = False

        def key(self, key_id: str) -> VerificationKey | None:
            return None if self.withdrawn else KEYS.key(key_id)

    keys = Withdrawing()
    believing = TokenVerifier("https://login.example", "qizhang", keys)
    believing.verify(GOOD, NOW_S)
    keys.withdrawn = True
    with pytest.raises(Unauthenticated):
        believing.verify(GOOD, NOW_S)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.identity.tokens.VERIFIED_MAX", 3)
    believing = verifier()
    for number in range(10):
        believing.verify(with_claims(jti=f"j-{number}"), NOW_S)
    assert len(believing._verified) == 3


@pytest.mark.parametrize("issuer", ["", "ledger"])
def test_nobody_can_be_configured_to_speak_for_the_ledger_itself(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer"):
        TokenVerifier(issuer, "qizhang", KEYS)
