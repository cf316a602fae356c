"""Communications that are no objections (R-342), and what any feedback does to silence (R-186, R-193)."""

from __future__ import annotations

from services.acceptance.domain import timers
from services.acceptance.domain.acts import DONE, Act, after_deemed
from services.acceptance.domain.authority import ACCEPTOR_OR_MANAGER, role_held
from services.acceptance.domain.commands import RaiseDiscrepancies, RecordCommunication
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.events import CommunicationRecorded
from services.acceptance.domain.state import Accepted, Item, UnderReview
from shared.commands.decision import Outcome
from shared.kernel.instants import Instant
from shared.messages import canonical


def record_communication(draft: DecisionDraft, act: Act, body: RecordCommunication) -> Outcome:
    """Record a reply or a protest, and what it does to silence (R-186, R-193)."""
    item = draft.item(act.item) if act.item else None
    if item is not None and isinstance(item.phase, Accepted) and item.phase.basis == "silence" and _speaks(item, act):
        return after_deemed(draft, act, item.phase)
    stops = item is not None and _stops_silence(draft, item, act)
    _record(draft, act, body.kind, body.channel, body.content_sha256, body.sent_at, stops=stops)
    return Outcome(data={"stopped_silence": "true"}) if stops else DONE


def count_as_feedback(draft: DecisionDraft, act: Act) -> None:
    """Whatever else the customer sends about the item breaks his silence too, whatever it counts as (R-186)."""
    item = draft.state.items.get(act.item)
    if item is not None and not isinstance(act.body, RecordCommunication) and _stops_silence(draft, item, act):
        _record(draft, act, "feedback", "ledger", canonical.sha256(act.body), None, stops=True)


def breaks_silence(draft: DecisionDraft, act: Act) -> bool:
    """Whether the act, although it is refused as what it wants to be, ends a silence that runs (R-186)."""
    item = draft.state.items.get(act.item)
    return item is not None and _stops_silence(draft, item, act)


def _stops_silence(draft: DecisionDraft, item: Item, act: Act) -> bool:
    if not isinstance(item.phase, UnderReview) or not item.phase.silence or not _speaks(item, act):
        return False
    if item.term.any_person_stops_silence:
        return True
    return role_held(draft.state, act.actor, act.side, ACCEPTOR_OR_MANAGER, act.received_at) is not None


def _speaks(item: Item, act: Act) -> bool:
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
