"""The trial run of a contract after one more event; evidence of use stands beside the item (R-408)."""

from __future__ import annotations

from msgspec.structs import replace

from services.acceptance.domain.folding import not_of_item
from services.acceptance.domain.state import Contract, Item
from services.acceptance.domain.use.events import TrialRunRecorded, UseRecorded
from services.acceptance.domain.use.state import TrialRun
from shared.messages.events import Recorded


def evolve(item: Item, recorded: Recorded) -> Item:
    """The item after one more event of this subject: what use accepts, ItemAccepted says."""
    if isinstance(recorded.data, UseRecorded):
        return item
    raise not_of_item(recorded)


def evolve_trial_run(state: Contract, data: TrialRunRecorded) -> Contract:
    """The contract after a start or an end of its trial run."""
    if data.what == "started":
        return replace(state, trial_run=TrialRun(started_on=data.on))
    return replace(state, trial_run=replace(state.trial_run, ended_on=data.on))
