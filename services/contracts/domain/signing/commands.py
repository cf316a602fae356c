"""A side signs the contract."""

from __future__ import annotations

from msgspec import Struct

from services.contracts.domain.base import SignatureBody


class SignContract(Struct, frozen=True, kw_only=True):
    """Sign the terms for the caller's side."""

    signature: SignatureBody
