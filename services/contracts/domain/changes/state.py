"""A change form on its way."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import Struct

from services.contracts.domain.changes.events import ChangeForm
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.periods import Derivation
from shared.public_events.terms import Signature

ChangeStatus = Literal["requested", "approved", "sent", "in_effect", "not_feasible", "withdrawn", "failed"]

# What may still become a change of the terms; at most one of these is a price change.
OPEN_STATUSES: frozenset[ChangeStatus] = frozenset({"requested", "approved", "sent"})


class Change(Struct, frozen=True, kw_only=True):
    """A change form on its way; from its approval on it has a date of effect, which may move while `provisional`."""

    form: ChangeForm
    content_sha256: str
    earliest_effect_on: date
    earliest: Derivation | None = None
    requested_by: Side
    status: ChangeStatus = "requested"
    feasible_for: tuple[Side, ...] = ()
    signatures: tuple[Signature, ...] = ()
    supplement_signatures: tuple[Signature, ...] = ()
    effective_on: date | None = None
    provisional: bool = False
    approved_at: Instant | None = None
    why_ended: str = ""

    @property
    def is_price_change(self) -> bool:
        """A re-plan needs a supplementary agreement (R-204) and the settlement's consent (R-444)."""
        return self.form.re_plan is not None

    @property
    def is_open(self) -> bool:
        """Whether it may still become a change of the terms."""
        return self.status in OPEN_STATUSES
