"""Milestones and extensions after what happened to one, and after a deadline was set, moved, met or missed."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from services.contracts.domain.base import with_entry
from services.contracts.domain.deadlines import DeadlineEvent
from services.contracts.domain.schedule.events import (
    ContractExtended,
    DelayExplained,
    ExtensionProposed,
    MilestoneReached,
    ScheduleEvent,
)
from services.contracts.domain.schedule.state import Delay, Extension
from services.contracts.domain.state import Signed
from shared.deadlines.model import DeadlineLapsed, DeadlineSet
from shared.kernel.instants import Instant


def schedule_changed(state: Signed, event: ScheduleEvent, at: Instant) -> Signed:
    """Fold an event of the plan that took effect `at`."""
    match event:
        case ContractExtended():
            extension = replace(state.extensions[event.extension], agreed=True)
            extensions = with_entry(state.extensions, event.extension, extension)
            return replace(state, terms=event.terms, extensions=extensions)
        case ExtensionProposed():
            extension = Extension(proposal=event)
            return replace(state, extensions=with_entry(state.extensions, event.extension, extension))
        case MilestoneReached():
            met = replace(state.milestones[event.milestone], met_at=at, on_time=event.on_time, late=False)
            return replace(state, milestones=with_entry(state.milestones, event.milestone, met))
        case DelayExplained():
            known = state.milestones[event.milestone]
            delay = Delay(cause=event.cause, cause_side=event.cause_side, stated_by=event.stated_by)
            explained = replace(known, delays=(*known.delays, delay))
            return replace(state, milestones=with_entry(state.milestones, event.milestone, explained))
        case _ as never:
            assert_never(never)


def milestone_timed(state: Signed, event: DeadlineEvent) -> Signed:
    """Fold what happened to the deadline of a milestone: its due instant, and the flag of lateness (T-35)."""
    milestone = event.deadline.subject
    progress = replace(state.milestones[milestone], due_at=event.deadline.derivation.due_at)
    if isinstance(event, DeadlineSet):
        progress = replace(progress, generation=event.deadline.generation, late=False)
    elif isinstance(event, DeadlineLapsed):
        progress = replace(progress, late=True)
    return replace(state, milestones=with_entry(state.milestones, milestone, progress))
