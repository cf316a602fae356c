"""Places of the log as callers see them: tokens that tell nothing (R-424).

Whoever sees two positions of a log counts what others did in between. So a position and a cursor leave sealed, with a
key that stands in the service's own database and that every replica reads. Sealing needs no nonce (RFC 5297): one
place has one token, so a repeated command gets the same bytes again. A token is good for its tenant and its purpose.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any, Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from msgspec import Struct

from shared.eventstore.port import Document, EventLog
from shared.kernel.actors import CATALOG_TENANT
from shared.kernel.errors import ForeignCursor, StoreUnavailable
from shared.projections.view import View
from shared.web.parameters import TOKEN_CHARACTERS_MAX
from shared.web.routes import Reader

D = TypeVar("D", bound=Struct)

KEY_BYTES: Final = 64

POSITION: Final = "position"
CURSOR: Final = "cursor"

# The key is kept beside the views, as a document that no view owns: no rebuild touches it, a backup takes it along.
_KEPT_AS: Final = "edge_key.v1"
_KEY: Final = "tokens"
_ATTEMPTS_MAX: Final = 3


class Sealer:
    """Seals texts and numbers for one tenant and purpose, and opens them again."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, purpose: str, tenant: str, plain: bytes) -> str:
        """The token of a text that is not empty."""
        sealed = self._cipher.encrypt(plain, [purpose.encode(), tenant.encode()])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, purpose: str, tenant: str, token: str) -> bytes:
        """The text behind a token; raises ValueError for anything that was not sealed for this tenant and purpose."""
        if len(token) > TOKEN_CHARACTERS_MAX:
            raise ValueError("longer than a token is")
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            return self._cipher.decrypt(sealed, [purpose.encode(), tenant.encode()])
        except (ValueError, InvalidTag) as error:
            raise ValueError("not a token of this ledger for this tenant") from error

    def position(self, tenant: str, position: int) -> str:
        """The token of a position."""
        return self.seal(POSITION, tenant, position.to_bytes(8, "big"))

    def position_of(self, tenant: str, token: str) -> int:
        """The position behind a token; raises ValueError."""
        return int.from_bytes(self.open(POSITION, tenant, token), "big")


class SealedReader:
    """The views as one caller's read sees them: cursors of his lists go out and come in sealed."""

    def __init__(self, reader: Reader, sealer: Sealer, tenant: str, list_name: str) -> None:
        self._reader = reader
        self._sealer = sealer
        self._tenant = tenant
        self._purpose = f"{CURSOR} {list_name}"

    async def get(self, view: View[D], tenant: str, key: str) -> D | None:
        """As the views say."""
        return await self._reader.get(view, tenant, key)

    async def list(
        self, view: View[D], tenant: str | None, label: str, cursor: str | None, limit: int
    ) -> tuple[list[D], str]:
        """As the views say; raises ForeignCursor for a cursor that this list did not give to this tenant."""
        plain = self._opened(cursor) if cursor else None
        found, following = await self._reader.list(view, tenant, label, plain, limit)
        return found, self._sealer.seal(self._purpose, self._tenant, following.encode())

    async def reach(self, position: int, timeout_s: float) -> bool:
        """As the views say."""
        return await self._reader.reach(position, timeout_s)

    def _opened(self, cursor: str) -> str:
        try:
            return self._sealer.open(self._purpose, self._tenant, cursor).decode()
        except ValueError:
            raise ForeignCursor(field="cursor") from None


async def sealer_of(log: EventLog[Any]) -> Sealer:
    """The sealer of a service; its key is made by whoever asks first. Raises StoreUnavailable."""
    for _ in range(_ATTEMPTS_MAX):
        kept = await log.get_document(_KEPT_AS, CATALOG_TENANT, _KEY)
        if kept is not None:
            return Sealer(bytes.fromhex(kept.decode().strip('"')))
        key = f'"{secrets.token_bytes(KEY_BYTES).hex()}"'.encode()
        # Of several that make one, the first is kept: the others look again.
        await log.put_documents(_KEPT_AS, [Document(tenant=CATALOG_TENANT, key=_KEY, body=key)], 0, 1)
    raise StoreUnavailable("the key of positions and cursors cannot be kept")
