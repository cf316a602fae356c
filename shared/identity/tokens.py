"""Verifies a bearer token and says who calls: JWT access tokens of RFC 9068 under the rules of RFC 8725.

Everything a token says about its own verification is checked against what the ledger was configured with: algorithm,
key, type, issuer and audience. Any doubt is `Unauthenticated`; the token itself is in no error and no log.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import OrderedDict
from typing import Annotated, Any, Final

import jwt
import msgspec
from msgspec import Meta, Struct

from shared.identity.keys import ALGORITHMS, KeySource, VerificationKey
from shared.kernel.actors import Actor
from shared.kernel.admission import admit, admitted_by
from shared.kernel.errors import InvalidRequest, Unauthenticated
from shared.kernel.ids import END, Identifier
from shared.kernel.texts import check_name
from shared.messages.strict_json import NotStrict, strict_json

TOKEN_CHARS_MAX: Final = 8192
# How far the clocks of issuer and ledger may be apart.
LEEWAY_S: Final = 30.0
# A token that lives longer is a password; revocation works by expiry.
TOKEN_LIFE_MAX_S: Final = 24 * 3600.0
VERIFIED_MAX: Final = 4096

TOKEN_TYPES: Final = ("at+jwt", "application/at+jwt")
GRANTS: Final = ("auditor", "catalog_admin", "finance", "operator", "signatory")
RESERVED_ORGANISATION: Final = "ledger"

# Header members that would let a token bring its own key, or change what its signature covers.
_FORBIDDEN_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")

_PLAIN = r"^[^\x00-\x1f\x7f]{1,255}" + END
PlainText = Annotated[str, Meta(pattern=_PLAIN)]
# Who acts stands in every event and is shown: no blanks only, nothing that is not seen or turns a text around.
PlainName = Annotated[str, admitted_by(check_name, pattern=_PLAIN)]


class Identity(Struct, frozen=True, kw_only=True):
    """Who calls, and in which tenant."""

    tenant: str
    actor: Actor


class _Header(Struct, frozen=True):
    alg: str
    kid: PlainText
    typ: str


class _Claims(Struct, frozen=True, kw_only=True):
    """The required claims of RFC 9068 and the ledger's own: tenant, org, grants."""

    iss: str
    sub: PlainName
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nbf: int | float = 0
    jti: PlainText
    client_id: PlainText
    tenant: Identifier
    org: Identifier
    grants: list[str] = []


class _Verified(Struct, frozen=True):
    identity: Identity
    key: VerificationKey
    not_before_s: float
    expires_at_s: float


class UnknownKey(Unauthenticated):
    """The token names a key that is not known: perhaps a new one."""


class TokenVerifier:
    """Verifies tokens of one issuer for one audience.

    What was verified is remembered by the hash of the token (bounded, least recently used goes first), so a caller
    that comes back costs no signature; time and the presence of its key are looked at on every call.
    """

    def __init__(self, issuer: str, audience: str, keys: KeySource) -> None:
        if not issuer or issuer == RESERVED_ORGANISATION or not audience:
            raise ValueError("an issuer other than the ledger itself, and an audience, are needed")
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._jws = jwt.PyJWS(algorithms=list(ALGORITHMS))
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def identify(self, token: str, now_s: float) -> Identity:
        """The same as `verify`, after a look for newer keys when the token names one that is not known."""
        try:
            return self.verify(token, now_s)
        except UnknownKey:
            if not await self._keys.renewed():
                raise
            return self.verify(token, now_s)

    def verify(self, token: str, now_s: float) -> Identity:
        """The identity behind a compact JWS at machine time `now_s`; raises Unauthenticated with a short reason."""
        if len(token) > TOKEN_CHARS_MAX:
            raise Unauthenticated("the token is too long", zh="令牌过长")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        verified = self._verified.get(digest)
        if verified is None or self._keys.key(verified.key.key_id) is not verified.key:
            verified = self._checked(token)
            self._remember(digest, verified)
        else:
            self._verified.move_to_end(digest)
        _check_time(verified, now_s)
        return verified.identity

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._verified[digest] = verified
        while len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)

    def _checked(self, token: str) -> _Verified:
        if not _COMPACT.fullmatch(token):
            raise Unauthenticated("the token is not a signed JWT", zh="令牌不是已签名的 JWT")
        header = _header(token)
        key = self._key_of(header)
        try:
            payload: bytes = self._jws.decode(token, key.public_key, algorithms=[key.algorithm])
        except jwt.PyJWTError:
            raise Unauthenticated("the signature of the token does not hold", zh="令牌签名无效") from None
        claims = _strict(payload, _Claims)
        self._check_parties(claims)
        return _Verified(
            identity=_identity(claims),
            key=key,
            not_before_s=max(claims.nbf, claims.iat),
            expires_at_s=claims.exp,
        )

    def _key_of(self, header: _Header) -> VerificationKey:
        if header.typ.lower() not in TOKEN_TYPES:
            raise Unauthenticated("the token is not an access token", zh="令牌不是访问令牌")
        key = self._keys.key(header.kid)
        if key is None:
            raise UnknownKey("the token names a key that is not accepted", zh="令牌所指的密钥不被接受")
        if header.alg != key.algorithm:
            raise Unauthenticated("the token names an algorithm that is not accepted", zh="令牌所用的算法不被接受")
        return key

    def _check_parties(self, claims: _Claims) -> None:
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._issuer or self._audience not in audience:
            raise Unauthenticated(
                "the token was issued by or for somebody else", zh="令牌由其他签发方签发，或签发给其他受众"
            )
        if claims.org == RESERVED_ORGANISATION:
            raise Unauthenticated("the token claims an organisation that is reserved", zh="令牌声明的组织为保留名称")
        if not 0 < claims.exp - claims.iat <= TOKEN_LIFE_MAX_S:
            raise Unauthenticated("the token lives longer than a token may", zh="令牌有效期超过允许的上限")


def _check_time(verified: _Verified, now_s: float) -> None:
    if now_s >= verified.expires_at_s + LEEWAY_S:
        raise Unauthenticated("the token has expired", zh="令牌已过期")
    if now_s < verified.not_before_s - LEEWAY_S:
        raise Unauthenticated("the token is not valid yet", zh="令牌尚未生效")


def _identity(claims: _Claims) -> Identity:
    actor = Actor(
        issuer=claims.iss,
        subject=claims.sub,
        organisation=claims.org,
        grants=tuple(sorted(set(claims.grants) & set(GRANTS))),
    )
    return Identity(tenant=claims.tenant, actor=actor)


def _header(token: str) -> _Header:
    segments = [_unpadded(segment) for segment in token.split(".")]
    header: _Header = _strict(segments[0], _Header)
    if _FORBIDDEN_HEADERS & msgspec.json.decode(segments[0], type=dict[str, Any]).keys():
        raise Unauthenticated(
            "the header of the token has members that are not accepted", zh="令牌头含有不被接受的成员"
        )
    return header


def _unpadded(segment: str) -> bytes:
    """The bytes of a base64url segment; only its one canonical spelling is accepted."""
    try:
        data = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise Unauthenticated("the token is not a signed JWT", zh="令牌不是已签名的 JWT") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=") != segment.encode():
        raise Unauthenticated("the token is not a signed JWT", zh="令牌不是已签名的 JWT")
    return data


def _strict(data: bytes, shape: type[Any]) -> Any:
    try:
        strict_json(data)
        members = msgspec.json.decode(data, type=shape)
        admit(members, shape)
    except (NotStrict, msgspec.MsgspecError, InvalidRequest):
        raise Unauthenticated(
            "the token does not have the members of an access token", zh="令牌缺少访问令牌应有的成员"
        ) from None
    return members
