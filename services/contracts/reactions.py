"""Stage 8: a public event -> what follows from it in contracts. Pure.

Two questions of "settled through" (R-401). A deadline that is due asks after its due instant plus a grace longer than
any request lives, so everything received before it has been decided and the answer is given at once. A conditional act
asks without such a wait: a request that contracts received earlier may still be on its way to its decision. Its answer
waits for the ticker, whose grace after `through` is the same.
"""

from __future__ import annotations

from services.contracts.domain.changes.consequences import AppliedPrice, effect_cause, in_effect
from services.contracts.domain.changes.events import ChangeFailed
from services.contracts.domain.periods.events import SettledThrough, SettlementAsked
from services.contracts.domain.progress.consequences import progress_events
from services.contracts.domain.state import Signed, State
from services.contracts.domain.streams import change_stream, contract_stream
from shared.commands.decision import UNCHANGED, Decision
from shared.commands.service import Facts
from shared.kernel.ids import derived_id, event_id
from shared.messages.events import Event, FeedReceived, NewEvent, Recorded
from shared.public_events.acceptance import (
    Accepted,
    ActConditional,
    Closed,
    DeliverableSubmitted,
    RePlanApplied,
    RePlanRefused,
    ReviewStarted,
)
from shared.public_events.deadlines import DeadlineIsDue
from shared.public_events.language import public_event


def react(state: State, recorded: Recorded, facts: Facts) -> Decision:
    """What follows from a feed event that `evolve` has just folded into `state`."""
    feed = recorded.data
    if not isinstance(feed, FeedReceived) or not isinstance(state, Signed):
        return UNCHANGED
    match public_event(feed):
        case DeadlineIsDue(deadline=deadline):
            settled = SettledThrough(
                contract=state.contract,
                through=deadline.derivation.due_at,
                asked_by=deadline.deadline_id,
            )
            return _answer(state, settled, recorded)
        case ActConditional(received_at=received_at):
            asked = SettlementAsked(
                contract=state.contract,
                question=derived_id(recorded.tenant, state.contract, "settled_through", feed.event_id),
                through=received_at,
                asked_by=feed.event_id,
            )
            return _answer(state, asked, recorded)
        case DeliverableSubmitted() | ReviewStarted() | Accepted() | Closed():
            return Decision(events=progress_events(state, feed.event_id))
        case RePlanApplied() as applied:
            return _applied(state, applied, recorded, facts)
        case RePlanRefused() as refused:
            return _refused(state, refused, recorded)
        case _:
            return UNCHANGED


def _answer(state: Signed, event: Event, recorded: Recorded) -> Decision:
    stream = contract_stream(state.contract)
    return Decision(events=(NewEvent(stream=stream, data=event, effective_at=recorded.recorded_at),))


def _applied(state: Signed, applied: RePlanApplied, recorded: Recorded, facts: Facts) -> Decision:
    """The settlement took the re-plan as a whole: now every part of the change holds, since the date of R-204."""
    change = state.changes[applied.change]
    if change.form.re_plan is None or change.status != "sent":
        return UNCHANGED
    price = AppliedPrice(
        version=applied.price_version,
        rows=change.form.re_plan.price_rows,
        total=applied.price_total,
        lines=applied.payment_lines,
    )
    cause = effect_cause(recorded.tenant, recorded.recorded_at, event_id(recorded.event_id, 0))
    return Decision(events=in_effect(state, change, facts, cause, price))


def _refused(state: Signed, refused: RePlanRefused, recorded: Recorded) -> Decision:
    """No part of the change takes effect; a new form is needed (R-444)."""
    if state.changes[refused.change].status != "sent":
        return UNCHANGED
    failed = ChangeFailed(contract=state.contract, change=refused.change, rule=refused.rule, reason=refused.reason)
    stream = change_stream(state.contract, refused.change)
    return Decision(events=(NewEvent(stream=stream, data=failed, effective_at=recorded.recorded_at),))
