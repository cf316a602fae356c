"""Who sent a CloudEvent: a detached JWS (RFC 7515, appendix F) over its identifying attributes and its data's hash."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import jwt
import msgspec
from msgspec import Struct

from shared.identity.keys import ALGORITHMS
from shared.inbound.errors import KeyNotValid, SignatureInvalid, SignatureMissing, UnknownTenant
from shared.inbound.keys import Sender, SenderRegistry
from shared.kernel.instants import Instant
from shared.messages import canonical
from shared.messages.cloudevents import AttributeMissing, CloudEvent

SIGNATURE: Final = "signature"
SIGNATURE_CHARS_MAX: Final = 2048

# What makes an event this event; `time` and trace context are information and may be changed on the way.
COVERED: Final = ("id", "source", "type", "tenant", "path", "expectedversion")

_JWS: Final = jwt.PyJWS(algorithms=list(ALGORITHMS))


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing else may stand in the header: no key that it brings itself, no change of what is covered."""

    alg: str
    kid: str
    typ: str = ""


_HEADER: Final = msgspec.json.Decoder(_Header)


def signed_content(attributes: Mapping[str, str], data: bytes) -> bytes:
    """What a signature covers: canonical JSON of the covered attributes that are there, and `data_sha256`."""
    covered = {name: attributes[name] for name in COVERED if name in attributes}
    return canonical.encode({**covered, "data_sha256": canonical.sha256_of_bytes(data)})


def sign(attributes: Mapping[str, str], data: bytes, private_key: Any, *, key_id: str, algorithm: str) -> str:
    """The value of the attribute `signature`: a compact JWS without its payload."""
    whole = _JWS.encode(signed_content(attributes, data), private_key, algorithm, {"kid": key_id})
    header, _, signature = whole.split(".")
    return f"{header}..{signature}"


def sender_of(event: CloudEvent, senders: SenderRegistry, received_at: Instant) -> Sender:
    """Who signed the event, with a key that was valid when the broker took it in.

    Raises AttributeMissing, UnknownTenant, SignatureMissing, SignatureInvalid and KeyNotValid.
    """
    tenant = event.attributes.get("tenant")
    if not tenant:
        raise AttributeMissing("tenant is required", field="tenant")
    if not senders.knows_tenant(tenant):
        raise UnknownTenant(field="tenant")
    signature = event.attributes.get(SIGNATURE)
    if not signature:
        raise SignatureMissing(field=SIGNATURE)
    sender = _verified(signature, signed_content(event.attributes, event.data), senders)
    if sender.tenant != tenant:
        raise SignatureInvalid("the key is registered for another tenant", field=SIGNATURE)
    if not sender.valid_at(received_at):
        raise KeyNotValid(field=SIGNATURE)
    return sender


def _verified(signature: str, content: bytes, senders: SenderRegistry) -> Sender:
    parts = signature.split(".")
    if len(signature) > SIGNATURE_CHARS_MAX or len(parts) != 3 or parts[1] or not signature.isascii():
        raise SignatureInvalid("a compact JWS without its payload is expected", field=SIGNATURE)
    try:
        header = _HEADER.decode(base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, msgspec.MsgspecError):
        raise SignatureInvalid("the header of the signature is not accepted", field=SIGNATURE) from None
    sender = senders.sender(header.kid)
    if sender is None or header.alg != sender.key.algorithm:
        raise SignatureInvalid("the signature names a key or an algorithm that is not registered", field=SIGNATURE)
    payload = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    try:
        _JWS.decode(f"{parts[0]}.{payload}.{parts[2]}", sender.key.public_key, algorithms=[sender.key.algorithm])
    except (jwt.PyJWTError, ValueError):
        raise SignatureInvalid(field=SIGNATURE) from None
    return sender
