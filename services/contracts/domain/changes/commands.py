"""The acts of change control (R-200..R-211)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from services.contracts.domain.base import LIST_MAX, Body, SignatureBody
from services.contracts.domain.changes.events import ReasonCode
from services.contracts.domain.pricing.commands import PriceBody
from shared.kernel.actors import PERSONAL
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier
from shared.kernel.instants import Day
from shared.kernel.lists import each_once
from shared.kernel.texts import Line, LongLine, Text


class ShiftBody(Body, frozen=True, kw_only=True):
    """A milestone's new planned date; a rest day rolls on."""

    milestone: Identifier
    planned_on: Day


class RePlanBody(PriceBody, frozen=True, kw_only=True):
    """The new price sheet and all payment lines, drawn on a price version (R-444)."""

    drawn_on_price_version: Annotated[int, Meta(ge=1)]


class RequestChange(Body, frozen=True, kw_only=True):
    """The change form (R-201). An incomplete form counts as not submitted, so what is missing is named in the refusal.

    `notice_waived` is part of the form that both sides sign: with it they do without the five working days (R-204).
    A re-plan makes it a price change, which also needs a supplementary agreement.
    """

    change: Identifier
    form_number: LongLine = ""
    drafted_on: Day | None = None
    drafted_by: Annotated[Line, PERSONAL] = ""
    reason_code: ReasonCode | None = None
    reason: Text = ""
    description: Text = ""
    scope_of_impact: Text = ""
    technical_risk: Text = ""
    cost_impact: Text = ""
    planned_effect_on: Day | None = None
    notice_waived: bool = False
    milestone_shifts: Annotated[tuple[ShiftBody, ...], admitted_by(each_once("milestone"), max_length=LIST_MAX)] = ()
    re_plan: RePlanBody | None = None
    accepted_item: Line = ""


class AssessmentBody(Body, frozen=True, kw_only=True):
    """One side's assessment; not feasible ends the change (R-202)."""

    feasible: bool
    reason: Text = ""


class ReasonBody(Body, frozen=True, kw_only=True):
    """Why something is taken back."""

    reason: Text = ""


class AssessChange(Struct, frozen=True, kw_only=True):
    """Assess a change for the caller's side."""

    change: str
    assessment: AssessmentBody


class SignChange(Struct, frozen=True, kw_only=True):
    """Sign the change form for the caller's side (R-203)."""

    change: str
    signature: SignatureBody


class SignSupplement(Struct, frozen=True, kw_only=True):
    """Sign the supplementary agreement or purchase order of a price change for the caller's side (R-204)."""

    change: str
    signature: SignatureBody


class WithdrawChange(Struct, frozen=True, kw_only=True):
    """Take a form back before it is approved."""

    change: str
    reason: str = ""
