"""Periods of items: begun with their whole derivation (R-402), and ended when the act that they wait for comes.

In: a draft and what starts or ends the period. Out: deadline events, and flags of lateness taken down, in the draft.
"""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from services.acceptance.domain.draft import DecisionDraft
from services.acceptance.domain.escalation.events import OverdueWithdrawn
from services.acceptance.domain.periods.state import Running, generation_key
from shared.deadlines.model import Deadline, DeadlineLapsed, DeadlineMet, DeadlineSet, deadline_identity
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.periods import Derivation, compute, extend, runs_until


def begin(
    draft: DecisionDraft,
    *,
    kind: str,
    timer: str,
    rule: str,
    side: Side,
    period: str,
    trigger: Instant | date,
    trigger_event: str,
    at: Instant,
    item: str = "",
    subject: str = "",
    legal_effect: bool = False,
    extended_by: int = 0,
    runs_on: bool = False,
) -> Deadline:
    """Begin a period that `trigger` starts; `at` is when that took effect. `side` has to act.

    `extended_by` are calendar days that were agreed on before (R-114). With `runs_on` nobody has to act: the provider
    keeps something running until the last day is over (R-011).
    """
    calendar = draft.calendar
    derivation = (
        runs_until(trigger, period, calendar)
        if runs_on
        else compute(trigger, period, calendar, draft.state.terms.cutoff)
    )
    if extended_by:
        derivation = extend(derivation, extended_by, draft.calendar)
    deadline = Deadline(
        deadline_id="",
        contract=draft.contract,
        item=item,
        subject=subject,
        kind=kind,
        timer=timer,
        rule=rule,
        side=side,
        legal_effect=legal_effect,
        trigger_event=trigger_event,
        derivation=derivation,
    )
    return begin_again(draft, deadline, derivation, at)


def begin_again(draft: DecisionDraft, earlier: Deadline, derivation: Derivation, at: Instant) -> Deadline:
    """Begin a period like an earlier one, under the next generation, with another derivation."""
    counter = generation_key(earlier.item, earlier.kind)
    generation = draft.state.generations.get(counter, 0) + 1
    deadline = replace(
        earlier,
        deadline_id=deadline_identity(
            "acceptance", draft.tenant, draft.contract, earlier.kind, generation, item=earlier.item
        ),
        generation=generation,
        derivation=derivation,
    )
    draft.record(DeadlineSet(deadline=deadline), at)
    return deadline


def end(
    draft: DecisionDraft,
    item: str,
    kinds: frozenset[str] | None,
    *,
    reason: str,
    met_by: str,
    at: Instant,
    subject: str | None = None,
    flags_because: str = "",
) -> None:
    """End the item's open periods of these kinds, None for all, and take down the flags that were up for them.

    `at` is when the ending act was received: a flag that was up although it came in time says so (R-401).
    With a `subject` only its own periods end. `flags_because` is why flags go down that no act of their side ends.
    """
    for running in open_periods(draft, item):
        deadline = running.deadline
        if (kinds is None or deadline.kind in kinds) and subject in (None, deadline.subject):
            draft.record(DeadlineMet(deadline=deadline, reason=reason, met_by=met_by), at)
    if subject is not None:
        return
    for flag in draft.item(item).overdue:
        if kinds is None or flag.kind in kinds:
            withdrawn = flags_because or ("received_in_time" if at < flag.due_at else "act_came_late")
            draft.record(
                OverdueWithdrawn(contract=draft.contract, item=item, deadline=flag.deadline, reason=withdrawn),
                at,
            )


def open_periods(draft: DecisionDraft, item: str) -> tuple[Running, ...]:
    """The open deadlines of an item."""
    return tuple(running for running in draft.state.running.values() if running.deadline.item == item)


def open_silence(draft: DecisionDraft, item: str) -> Running | None:
    """The open deadline of an item whose lapse has a legal effect; an item has at most one."""
    return next((running for running in open_periods(draft, item) if running.deadline.legal_effect), None)


def lapsed(draft: DecisionDraft, deadline: Deadline, consequence: str) -> str:
    """The period ended without the act, effective at its due instant whenever it is recorded (R-401); its event."""
    return draft.record(DeadlineLapsed(deadline=deadline, consequence=consequence), deadline.derivation.due_at)
