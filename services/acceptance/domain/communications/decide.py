"""Communications that are no objections (R-342), and what they do to silence (R-186, R-193)."""

from __future__ import annotations

from services.acceptance.domain.act import DONE, Act
from services.acceptance.domain.communications.commands import RecordCommunication
from services.acceptance.domain.communications.consequences import after_deemed, record_said, speaks, stops_silence
from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.review.state import Accepted
from shared.commands.decision import Outcome


def record_communication(draft: DecisionDraft, act: Act, body: RecordCommunication) -> Outcome:
    """Record a reply or a protest, and what it does to silence (R-186, R-193)."""
    item = draft.item(act.item) if act.item else None
    if item is not None and isinstance(item.phase, Accepted) and item.phase.basis == "silence" and speaks(item, act):
        return after_deemed(draft, act, item.phase)
    stops = item is not None and stops_silence(draft, item, act)
    record_said(draft, act, body.kind, body.channel, body.content_sha256, body.sent_at, stops=stops)
    return Outcome(data={"stopped_silence": "true"}) if stops else DONE
