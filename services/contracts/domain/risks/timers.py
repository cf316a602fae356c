"""The period in which a risk notice is answered (R-216, T-28), and what is in time."""

from __future__ import annotations

from services.contracts.domain.risks.state import Risk
from shared.deadlines.model import Deadline
from shared.kernel.instants import Instant

RISK_ANSWER = "risk_answer"

# 三日内, calendar days, rolled.
ANSWER_PERIOD = "3d"


def before(received_at: Instant, risk: Risk) -> bool:
    """Whether an answer counts as timely: received before the due instant, which is exclusive (R-401)."""
    return risk.due_at is not None and received_at < risk.due_at


def undecidable(deadline: Deadline | None, received_at: Instant) -> bool:
    """After a provisional due instant nobody can say yet whether the answer is late (R-403)."""
    if deadline is None or not deadline.derivation.provisional:
        return False
    return received_at >= deadline.derivation.due_at
