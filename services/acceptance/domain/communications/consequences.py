"""What does not count is recorded with its reason (R-426), and what any feedback does to silence (R-186, R-193)."""

from __future__ import annotations

import msgspec

from services.acceptance.domain.act import Act
from services.acceptance.domain.authority import ACCEPTOR_OR_MANAGER, role_held
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.communications.errors import IN_TIME_BUT_DECIDED_LATER, too_late
from services.acceptance.domain.communications.events import CommunicationRecorded, CommunicationWithoutEffect
from services.acceptance.domain.discrepancies.commands import RaiseDiscrepancies
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.periods import consequences as periods
from services.acceptance.domain.review.state import Accepted, UnderReview
from services.acceptance.domain.review.timers import REVIEWING
from services.acceptance.domain.state import Item
from shared.commands.decision import Outcome
from shared.kernel.instants import Instant
from shared.messages import canonical


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
        reason = too_late(act.received_at, accepted.effective_at)
        return without_effect(draft, act, "TOO_LATE", "R-401", reason)
    return without_effect(draft, act, "NEEDS_JOINT_CORRECTION", "R-443", IN_TIME_BUT_DECIDED_LATER)


def count_as_feedback(draft: DecisionDraft, act: Act) -> None:
    """Whatever else the customer sends about the item breaks his silence too, whatever it counts as (R-186)."""
    item = draft.state.items.get(act.item)
    if item is not None and not isinstance(act.body, RecordCommunication) and stops_silence(draft, item, act):
        record_said(draft, act, "feedback", "ledger", canonical.sha256(act.body), None, stops=True)


def breaks_silence(draft: DecisionDraft, act: Act) -> bool:
    """Whether the act, although it is refused as what it wants to be, ends a silence that runs (R-186)."""
    item = draft.state.items.get(act.item)
    return item is not None and stops_silence(draft, item, act)


def stops_silence(draft: DecisionDraft, item: Item, act: Act) -> bool:
    """Whether the act ends a silence that runs: by its kind, and by who acts."""
    if not isinstance(item.phase, UnderReview) or not item.phase.silence or not speaks(item, act):
        return False
    if item.term.any_person_stops_silence:
        return True
    return role_held(draft.state, act.actor, act.side, ACCEPTOR_OR_MANAGER, act.received_at) is not None


def speaks(item: Item, act: Act) -> bool:
    """Whether this kind of communication can end the silence of the profile.

    Anything does where any feedback or reply stops (A1, A14, A6); a written objection does where the source names no
    flow for it (A22, A24: R-193); where it names one (A25, A27) only a notice of discrepancies does.
    """
    if act.side != "customer":
        return False
    if item.term.neutral_reply_stops:
        return True
    objects = isinstance(act.body, RaiseDiscrepancies) or (
        isinstance(act.body, RecordCommunication) and act.body.kind == "protest"
    )
    return objects and not item.term.discrepancies


def record_said(
    draft: DecisionDraft,
    act: Act,
    kind: str,
    channel: str,
    content_sha256: str,
    sent_at: Instant | None,
    *,
    stops: bool,
) -> None:
    """Record what was said; where it breaks the silence, the review period ends."""
    recorded = draft.record(
        CommunicationRecorded(
            contract=draft.contract,
            item=act.item,
            side=act.side,
            kind=kind,
            channel=channel,
            content_sha256=content_sha256,
            stopped_silence=stops,
            received_at=act.received_at,
            sent_at=sent_at,
        ),
        act.received_at,
        act.by,
    )
    if stops:
        periods.end(draft, act.item, REVIEWING, reason="reply_received", met_by=recorded, at=act.received_at)
