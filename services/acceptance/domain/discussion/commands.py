"""The acts of a discussion: it was held, how it ends, or that it goes to the directors."""

from __future__ import annotations

from typing import Annotated

from services.acceptance.domain.base import ASPECTS_MAX, Body, Channel, SignatureMethod
from services.acceptance.domain.discrepancies.events import Treatment
from services.acceptance.domain.discussion.events import DiscussionResult
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Sha256
from shared.kernel.instants import Day
from shared.kernel.lists import each_once
from shared.kernel.texts import Line, LongLine, NeededText


class ConcludeDiscussion(Body, frozen=True, kw_only=True):
    """One side's agreement to how the discussion ends (R-158); it counts when the other side agrees to the same.

    rework: `treatments` for every open discrepancy. take_out: `change` names the approved change form.
    """

    result: DiscussionResult
    treatments: Annotated[tuple[Treatment, ...], admitted_by(each_once("discrepancy"), max_length=ASPECTS_MAX)] = ()
    change: Line = ""
    method: SignatureMethod = "click"
    reference: LongLine = ""


class RecordDiscussion(Body, frozen=True, kw_only=True):
    """The discussion was held, and its minutes are recorded (R-175); `minutes_sha256` is their hash."""

    held_on: Day
    minutes_sha256: Sha256
    channel: Channel = "ledger"


class EscalateItem(Body, frozen=True, kw_only=True):
    """Bring a matter before the directors, after a discussion that came to no agreement (R-175, R-176)."""

    reason: NeededText
