"""Secrets of webhook endpoints and what they sign: Standard Webhooks 1.0.

A secret is derived from the ledger's master key, the endpoint and its generation, so that none is stored. Its owner is
shown it once, in the answer to the registration or rotation that began it; who lost it rotates.
"""

from __future__ import annotations

import base64
import hashlib
import hmac


def secret_of(master: bytes, tenant: str, organisation: str, endpoint: str, generation: int) -> bytes:
    """The 32-byte secret of an endpoint's generation."""
    label = f"{tenant}\n{organisation}\n{endpoint}\n{generation}".encode()
    return hmac.new(master, label, hashlib.sha256).digest()


def shown_secret(secret: bytes) -> str:
    """The secret as its owner configures it: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """`v1,` and the base64 HMAC-SHA256 over id, timestamp and body, joined by full stops."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
