"""The acts of the discrepancy flow: notice, answer, agreement, rework, resubmission, closing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from services.acceptance.domain.base import ASPECTS_MAX, FILES_MAX, Body, Channel
from services.acceptance.domain.discrepancies.events import Treatment
from services.acceptance.domain.submission.commands import NewVersion
from shared.kernel.admission import admitted_by
from shared.kernel.ids import Identifier
from shared.kernel.lists import each_once
from shared.kernel.texts import Line, NeededText, Text


class Aspect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One aspect that does not fit (R-170): which requirement, and what was found.

    `discrepancy` names the earlier discrepancy that a re-review found again.
    """

    requirement: Text
    finding: Text
    discrepancy: Line = ""


class RaiseDiscrepancies(Body, frozen=True, kw_only=True):
    """A written notice of discrepancies (R-171); without a requirement and a finding it is vague (R-179)."""

    aspects: Annotated[tuple[Aspect, ...], Meta(max_length=ASPECTS_MAX)] = ()
    text: Text = ""
    channel: Channel = "ledger"


class AnswerDiscrepancies(Body, frozen=True, kw_only=True):
    """The provider's treatment and time per discrepancy (R-172); it may answer a part of them."""

    treatments: Annotated[
        tuple[Treatment, ...], admitted_by(each_once("discrepancy"), min_length=1, max_length=ASPECTS_MAX)
    ]


class AgreeTreatment(Body, frozen=True, kw_only=True):
    """The customer agrees to the treatment of these discrepancies (R-156); it may agree to a part of them."""

    discrepancies: Annotated[tuple[Identifier, ...], admitted_by(each_once(), min_length=1, max_length=ASPECTS_MAX)]


class StartRework(Body, frozen=True, kw_only=True):
    """The provider begins the agreed rework (R-157)."""


class WorkDone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done about one discrepancy."""

    discrepancy: Identifier
    done: NeededText


class Resubmit(Body, frozen=True, kw_only=True):
    """New versions, with what was done about each open discrepancy (R-157)."""

    versions: Annotated[
        tuple[NewVersion, ...], admitted_by(each_once("deliverable"), min_length=1, max_length=FILES_MAX)
    ]
    done: Annotated[tuple[WorkDone, ...], admitted_by(each_once("discrepancy"), max_length=ASPECTS_MAX)] = ()


class CloseDiscrepancy(Body, frozen=True, kw_only=True):
    """The customer confirms a discrepancy as settled, or withdraws it in writing (R-157)."""

    discrepancy: Identifier
    how: Literal["settled", "withdrawn"]
