"""A process whose database the ledger knows starts without the broker, and goes there only when it may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock
from shared.membership.admission import Admission
from shared.membership.own import ForeignLedger, claim, membership, new_membership
from shared.membership.register import Entry, join
from tests.support.clocks import ImpatientClock
from tests.support.toy_ledger import COUNTER, START


class Away(Exception):
    """The register cannot be reached."""


class Listed:
    """A register in memory that may be away."""

    def __init__(self) -> None:
        self.written: list[Entry] = []
        self.away = False

    async def entries(self) -> Sequence[Entry]:
        if self.away:
            raise Away
        return list(self.written)

    async def append(self, entry: Entry) -> None:
        self.written.append(entry)


@pytest.fixture
async def log() -> AsyncIterator[EventLog[Any]]:
    log = await open_log(COUNTER, "memory:", VirtualLegalClock(START), ImpatientClock())
    yield log
    await log.close()


async def test_the_first_start_of_a_database_waits_for_the_register(log: EventLog[Any]) -> None:
    register = Listed()
    register.away = True
    with pytest.raises(Away):
        await Admission(log, "counter", register, ImpatientClock()).at_first()
    register.away = False
    admission = Admission(log, "counter", register, ImpatientClock())
    await admission.at_first()
    assert admission.admitted.is_set()
    own = await membership(log)
    assert own is not None and own.registered


async def test_a_database_that_took_its_names_and_never_got_into_the_register_waits_for_it_again(
    log: EventLog[Any],
) -> None:
    """The first start ended between the two: what is not known to the ledger is no later start."""
    await claim(log, new_membership())
    register = Listed()
    register.away = True
    with pytest.raises(Away):
        await Admission(log, "counter", register, ImpatientClock()).at_first()
    own = await membership(log)
    assert own is not None and not own.registered


async def test_a_later_start_goes_to_the_broker_when_the_register_has_been_seen(log: EventLog[Any]) -> None:
    register = Listed()
    await join(log, "counter", register, new_membership())
    register.away = True
    async with Admission(log, "counter", register, ImpatientClock()) as admission:
        await admission.at_first()
        assert not admission.admitted.is_set()
        register.away = False
        await admission.admitted.wait()


async def test_a_later_start_on_the_wrong_broker_is_refused_before_it_goes_there(log: EventLog[Any]) -> None:
    await join(log, "counter", Listed(), new_membership())
    other = Listed()
    other.written.append(Entry(ledger="another"))
    async with Admission(log, "counter", other, ImpatientClock()) as admission:
        await admission.at_first()
        await admission.refused.wait()
        assert isinstance(admission.reason, ForeignLedger) and not admission.admitted.is_set()
