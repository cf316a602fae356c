"""Which database is whose: found out before anything is read or published."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from shared.eventstore.log import open_log
from shared.eventstore.port import EventLog
from shared.kernel.clock import VirtualLegalClock, VirtualMachineClock
from shared.membership.own import ForeignLedger, Membership, claim, membership, new_membership, same_ledger
from shared.membership.register import Entry, databases, join, ledger_of
from tests.support.toy_ledger import COUNTER, START


async def another_turn() -> None:
    """Everybody who can go on does."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    await passed.wait()


class Listed:
    """A register in memory. Between the two halves of a call everybody else gets a turn."""

    def __init__(self) -> None:
        self.written: list[Entry] = []

    async def entries(self) -> Sequence[Entry]:
        await another_turn()
        return list(self.written)

    async def append(self, entry: Entry) -> None:
        await another_turn()
        self.written.append(entry)


async def new_log() -> EventLog[Any]:
    return await open_log(COUNTER, "memory:", VirtualLegalClock(START), VirtualMachineClock())


@pytest.fixture
async def logs() -> AsyncIterator[list[EventLog[Any]]]:
    made = [await new_log() for _ in range(4)]
    yield made
    for log in made:
        await log.close()


async def test_services_that_start_at_once_agree_on_one_ledger(logs: list[EventLog[Any]]) -> None:
    register, names = Listed(), ("catalog", "contracts", "acceptance", "notifier")
    joined = await asyncio.gather(
        *(join(log, name, register, new_membership()) for log, name in zip(logs, names, strict=True))
    )
    assert {own.ledger for own in joined} == {ledger_of(register.written)}
    assert databases(register.written) == {name: own.database for name, own in zip(names, joined, strict=True)}


async def test_replicas_of_one_service_share_its_database(logs: list[EventLog[Any]]) -> None:
    register = Listed()
    one, other = await asyncio.gather(*(join(logs[0], "contracts", register, new_membership()) for _ in range(2)))
    assert one == other == await membership(logs[0])


async def test_of_two_replicas_that_start_at_first_the_names_of_one_count_for_both(logs: list[EventLog[Any]]) -> None:
    wanted = [new_membership() for _ in range(3)]
    claimed = await asyncio.gather(*(claim(logs[0], each) for each in wanted))
    assert len(set(claimed)) == 1
    assert claimed[0] == await membership(logs[0]) and claimed[0] in wanted


async def test_a_later_start_writes_nothing_into_the_register(logs: list[EventLog[Any]]) -> None:
    register = Listed()
    first = await join(logs[0], "contracts", register, new_membership())
    entered = list(register.written)
    assert await join(logs[0], "contracts", register, new_membership()) == first
    assert register.written == entered and len(entered) == 2


async def test_an_empty_database_does_not_take_the_place_of_a_living_one(logs: list[EventLog[Any]]) -> None:
    """A typo in the name of a schema: an empty ledger joined the group and refused what was valid."""
    register = Listed()
    await join(logs[0], "contracts", register, new_membership())
    with pytest.raises(ForeignLedger, match="another database for contracts"):
        await join(logs[1], "contracts", register, new_membership())


async def test_a_database_of_another_ledger_does_not_join(logs: list[EventLog[Any]]) -> None:
    """A wrong broker, or a wrong prefix on the right one."""
    ours, theirs = Listed(), Listed()
    await join(logs[0], "contracts", ours, new_membership())
    await join(logs[1], "catalog", theirs, new_membership())
    with pytest.raises(ForeignLedger, match="belongs to the ledger"):
        await join(logs[0], "contracts", theirs, new_membership())


async def test_a_broker_that_was_made_anew_learns_the_ledger_from_its_databases(logs: list[EventLog[Any]]) -> None:
    before = await join(logs[0], "contracts", Listed(), new_membership())
    anew = Listed()
    assert await join(logs[0], "contracts", anew, new_membership()) == before
    assert ledger_of(anew.written) == before.ledger


async def test_a_released_service_takes_the_next_database(logs: list[EventLog[Any]]) -> None:
    register = Listed()
    lost = await join(logs[0], "contracts", register, new_membership())
    await register.append(Entry(ledger=lost.ledger, service="contracts", released=True))
    found = await join(logs[1], "contracts", register, new_membership())
    assert found.ledger == lost.ledger and databases(register.written) == {"contracts": found.database}


async def test_a_file_of_another_ledger_is_found_out(logs: list[EventLog[Any]]) -> None:
    first = await same_ledger(logs[0], "catalog", Membership(ledger="one", database="a"))
    assert await same_ledger(logs[0], "catalog", Membership(ledger="one", database="b")) == first
    with pytest.raises(ForeignLedger, match=r"catalog belongs to the ledger one, not to other.*误复制"):
        await same_ledger(logs[0], "catalog", Membership(ledger="other", database="c"))
