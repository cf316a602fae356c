"""Communications that are no objections (R-342), and what any feedback does to silence (R-186)."""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.acts import DONE, Act, after_deemed
from services.acceptance.domain.authority import ACCEPTOR_OR_MANAGER, role_held
from services.acceptance.domain.commands import RecordCommunication
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import CommunicationRecorded
from services.acceptance.domain.state import Accepted, Item, UnderReview
from shared.commands.decision import Outcome
from shared.kernel.instants import Instant
from shared.messages import canonical


def record_communication(draft: DecisionDraft, act: Act, body: RecordCommunication) -> Outcome:
    """Record a reply or a protest; a neutral reply stops silence where the profile says so (A1, never A25)."""
    item = draft.item(act.item) if act.item else None
    if item is not None and act.side == "customer" and item.term.neutral_reply_stops:
        accepted = item.phase
        if isinstance(accepted, Accepted) and accepted.basis == "silence":
            return after_deemed(draft, act, accepted)
    stops = item is not None and body.kind == "reply" and _stops_silence(draft, item, act)
    _record(draft, act, body.kind, body.channel, body.content_sha256, body.sent_at, stops=stops)
    return Outcome(data={"stopped_silence": "true"}) if stops else DONE


def count_as_feedback(draft: DecisionDraft, act: Act) -> None:
    """An act that does not count as what it wants to be is still feedback, where any feedback stops (R-186)."""
    item = draft.state.items.get(act.item)
    if item is not None and item.term.any_person_stops_silence and _stops_silence(draft, item, act):
        _record(draft, act, "feedback", "ledger", canonical.sha256(act.body), None, stops=True)


def _stops_silence(draft: DecisionDraft, item: Item, act: Act) -> bool:
    term = item.term
    if act.side != "customer" or not term.neutral_reply_stops:
        return False
    if not isinstance(item.phase, UnderReview) or not item.phase.silence:
        return False
    if term.any_person_stops_silence:
        return True
    return role_held(draft.state, act.actor, act.side, ACCEPTOR_OR_MANAGER, act.received_at) is not None


def _record(
    draft: DecisionDraft,
    act: Act,
    kind: str,
    channel: str,
    content_sha256: str,
    sent_at: Instant | None,
    *,
    stops: bool,
) -> None:
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
        timers.end(draft, act.item, timers.REVIEWING, reason="reply_received", met_by=recorded, at=act.received_at)
