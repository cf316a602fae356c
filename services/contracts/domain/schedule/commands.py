"""Extensions, and the causes of lateness."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from services.contracts.domain.base import LIST_MAX, Body, SignatureBody
from shared.kernel.actors import Side
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier
from shared.kernel.lists import each_once
from shared.kernel.texts import Line, NeededText


class ProposeExtension(Body, frozen=True, kw_only=True):
    """Move a milestone, and those after it, by days (R-114); the running reviews of `items` move with them."""

    extension: Identifier
    cause: NeededText
    cause_side: Side
    days: Annotated[int, Meta(ge=1, le=3650)]
    milestone: Line = ""
    items: Annotated[tuple[Identifier, ...], admitted_by(each_once(), max_length=LIST_MAX)] = ()


class AgreeExtension(Struct, frozen=True, kw_only=True):
    """Agree to an extension that the other side proposed (R-114)."""

    extension: str
    signature: SignatureBody


class DelayBody(Body, frozen=True, kw_only=True):
    """Why a milestone is late, and on whose side the cause lies (T-35)."""

    cause: NeededText
    cause_side: Side


class ExplainDelay(Struct, frozen=True, kw_only=True):
    """Record the cause of a late milestone (T-35)."""

    milestone: str
    delay: DelayBody
