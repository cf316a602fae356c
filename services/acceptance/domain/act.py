"""An act of a party on its way to a decision: the body, who acts, in which role, and when it was received."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain.base import SignatureMethod
from services.acceptance.domain.commands import ACT_NAMES, ACTS, ActBody
from services.acceptance.domain.conditional.state import Waiting
from shared.commands.decision import Outcome
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.public_events.terms import Signature

DONE = Outcome()
UNCHANGED_OUTCOME = Outcome(kind="unchanged")


class Act(Struct, frozen=True, kw_only=True):
    """`role` is empty until authority has found it; `key` is the idempotency key of the request."""

    item: str
    body: ActBody
    actor: Actor
    key: str
    received_at: Instant
    side: Side
    role: str = ""

    @property
    def name(self) -> str:
        """The stable name of what is done."""
        return ACT_NAMES[type(self.body)]

    @property
    def by(self) -> Actor:
        """The actor as events keep it, with the role and side in which the person was found to act (R-427)."""
        return replace(self.actor, role=self.role, side=self.side)

    def signature(
        self, content_sha256: str, content_version: int, method: SignatureMethod, reference: str
    ) -> Signature:
        """The signature that this act gives (R-425)."""
        return Signature(
            side=self.side,
            role=self.role,
            issuer=self.actor.issuer,
            subject=self.actor.subject,
            content_sha256=content_sha256,
            content_version=content_version,
            method=method,
            reference=reference,
            received_at=self.received_at,
        )


def body_of(waiting: Waiting) -> ActBody:
    """The body that a conditional act keeps."""
    return msgspec.json.decode(waiting.body, type=ACTS[waiting.act])
