"""An act of a party on its way to a decision: the body, who acts, in which role, and when it was received."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from services.acceptance.domain import reasons
from services.acceptance.domain.commands import ACT_NAMES, ACTS, ActBody, SignatureMethod
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import CommunicationWithoutEffect
from services.acceptance.domain.state import Accepted, Waiting
from shared.commands.decision import Outcome
from shared.kernel.actors import Actor, Side
from shared.kernel.instants import Instant
from shared.messages import canonical
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


def without_effect(draft: DecisionDraft, act: Act, code: str, rule: str, reason: str) -> Outcome:
    """Record that the act does not count, and why (R-426)."""
    recorded = draft.record(
        CommunicationWithoutEffect(
            contract=draft.contract,
            item=act.item,
            act=act.name,
            rule=rule,
            reason=reason,
            received_at=act.received_at,
            body=msgspec.Raw(canonical.encode(act.body)),
        ),
        act.received_at,
        act.by,
    )
    return Outcome(kind="without_effect", code=code, rule=rule, detail=reason, data={"event_id": recorded})


def after_deemed(draft: DecisionDraft, act: Act, accepted: Accepted) -> Outcome:
    """What an objection or a reply is worth once silence has accepted the item (R-401).

    One that was received in time cannot come this way while the ledger works; only a joint correction helps then.
    """
    if act.received_at >= accepted.effective_at:
        reason = reasons.too_late(act.received_at, accepted.effective_at)
        return without_effect(draft, act, "TOO_LATE", "R-401", reason)
    return without_effect(draft, act, "NEEDS_JOINT_CORRECTION", "R-443", reasons.IN_TIME_BUT_DECIDED_LATER)
