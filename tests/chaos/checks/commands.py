"""Every acknowledged act is recorded once: one answer under its key, one set of events behind it (R-420)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from shared.commands.decision import Result
from shared.commands.stored_answer import decode_answer
from shared.eventstore.store import ResultKey, ResultRow
from shared.kernel.ids import derived_id
from shared.messages.events import Recorded
from tests.chaos.client import Acknowledged

# Some answers carry no events: what changed nothing, and what was refused.
WITH_EVENTS = frozenset({"done", "conditional", "without_effect"})


def acknowledged_once(
    acknowledged: Iterable[Acknowledged], answers: Mapping[ResultKey, ResultRow], events: Sequence[Recorded]
) -> list[str]:
    """What of one service's acknowledged acts is not in its log exactly once."""
    rows = {(row.subject, row.key): row for row in answers.values()}
    stored = Counter(event.event_id for event in events)
    caused: dict[str, list[str]] = defaultdict(list)
    for event in events:
        caused[event.causation_id].append(event.event_id)
    found: list[str] = []
    for act in acknowledged:
        row = rows.get((act.subject, act.key))
        if row is None:
            found.append(f"{act.key}: acknowledged as {act.kind}, nothing stands under its key")
            continue
        found += [f"{act.key}: {what}" for what in _differences(act, decode_answer(row.answer).result)]
        found += [f"{act.key}: event {id} is in the log {stored[id]} times" for id in act.events if stored[id] != 1]
        found += [f"{act.key}: {what}" for what in _recorded_beside(act, caused[_command_id(row)])]
    return found


def positions_dense(events: Sequence[Recorded]) -> list[str]:
    """Whether positions and the versions of every stream count from 1 without gaps, and time never runs back."""
    found = [
        f"position {event.position} stands where {n} should" for n, event in enumerate(events, 1) if event.position != n
    ]
    versions: Counter[tuple[str, str]] = Counter()
    for event in events:
        stream = event.tenant, event.stream
        versions[stream] += 1
        if event.version != versions[stream]:
            found.append(f"{event.stream}: version {event.version} stands where {versions[stream]} should")
    for earlier, later in pairwise(events):
        if later.recorded_at < earlier.recorded_at:
            found.append(f"position {later.position} was recorded before its predecessor")
    return found


def _differences(act: Acknowledged, result: Result) -> Iterator[str]:
    """A conditional act may have been decided since; its events stay those of the first answer."""
    if act.kind != "conditional" and result.outcome.kind != act.kind:
        yield f"acknowledged as {act.kind}, stored as {result.outcome.kind}"
    if act.kind in WITH_EVENTS and result.event_ids != act.events:
        yield f"acknowledged with {act.events}, stored with {result.event_ids}"


def _recorded_beside(act: Acknowledged, caused: Sequence[str]) -> Iterator[str]:
    """What the command has caused and nobody was told of: a second set of events."""
    if act.kind in WITH_EVENTS and (beside := set(caused) - set(act.events)):
        yield f"events {sorted(beside)} were recorded beside those acknowledged"


def _command_id(row: ResultRow) -> str:
    """As the edge derives it, so that a retry has the same."""
    return derived_id(row.tenant, row.issuer, row.subject, row.key, row.fingerprint)
