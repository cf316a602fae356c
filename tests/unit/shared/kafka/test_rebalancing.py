"""What a rebalance or a kill lets go of somebody else decides, in every order of fetch, revoke, assign and commit.

The members, the broker and the database of `tests.support.scripted_group` do one small step at a time, in an order that
hypothesis draws; the consumers between them are the real ones.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.scripted_group import Database, Group, Member, turns

PARTITIONS = 3
RECORDS = 12
MEMBERS_MAX = 4
TURNS_AFTER_A_STEP = 6
ROUNDS_TO_THE_END = 600

ORDINARY = ["allow", "tick", "publish", "rebalance", "notice", "notice", "learn", "learn"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ORDINARY * 2 + ["join", "leave", "kill", "backup", "restore"]),
        st.integers(0, 5),
        st.integers(0, TURNS_AFTER_A_STEP),
    ),
    max_size=60,
)


class Play:
    """A group under a script, and what must hold at every moment of it."""

    def __init__(self, stack: AsyncExitStack, *, numbered: bool) -> None:
        self.group = Group(PARTITIONS)
        self.database = Database()
        self.members: list[Member] = []
        self.offsets_are_true = True
        self._backup = self.database.snapshot()
        self._numbered = numbered
        self._stack = stack
        self._coordinators: list[asyncio.Task[None]] = []

    async def step(self, what: str, which: int, pause: int) -> None:
        if what == "publish":
            self.group.records[self.group.partitions[which % PARTITIONS]] += 1
        elif what == "join":
            await self.join()
        elif what == "rebalance":
            self.group.rebalancing = True
        elif what == "backup":
            self._backup = self.database.snapshot()
        elif what == "restore":
            for member in list(self.members):
                await self.leave(member)
            self.database.put_back(self._backup)
            self.offsets_are_true = False
        elif self.members:
            await self.step_of(what, self.members[which % len(self.members)], which)
        await turns(pause)
        self.complete_if_all_have_let_go()
        await self.check()

    async def step_of(self, what: str, member: Member, number: int) -> None:
        if what == "allow":
            member.allow(number)
        elif what == "tick":
            member.clock.advance(1.0)
        elif what == "leave":
            await self.leave(member)
        elif what == "kill":
            member.client.dead = True
            await self.leave(member)
        elif what == "notice" and self.group.rebalancing and not member.client.reassigning:
            self.coordinate(member.client.notice())
        elif what == "learn":
            self.coordinate(member.client.learn(number))

    def coordinate(self, work: object) -> None:
        self._coordinators.append(asyncio.create_task(work))  # type: ignore[arg-type]

    async def join(self) -> None:
        if len(self.members) < MEMBERS_MAX:
            member = Member(self.group, self.database, numbered=self._numbered)
            self.members.append(member)
            await self._stack.enter_async_context(member.consumer)
            while member.client not in self.group.members:
                await turns(1)
            member.client.let_go = True
            self.group.rebalancing = True

    async def leave(self, member: Member) -> None:
        self.members.remove(member)
        await member.consumer.__aexit__(None, None, None)
        self.group.rebalancing = True

    def complete_if_all_have_let_go(self) -> None:
        clients = self.group.members
        if self.group.rebalancing and clients and all(client.reassigning and client.let_go for client in clients):
            self.group.complete()

    async def check(self) -> None:
        for partition in self.group.partitions:
            undecided = self.database.first_undecided(partition)
            if self.offsets_are_true:
                assert self.group.committed.get(partition, 0) <= undecided, "an offset is committed before its record"
        for place in self.database.positions.items():
            partition = self.group.partitions[int(place[0].rpartition("/")[2])]
            assert place[1] <= self.database.first_undecided(partition), "a place stands behind what is not decided"
        for member in self.members:
            assert not member.wrong
        everything = dict(self.group.records)
        for member in self.members:
            # What is asked while others go on may be answered late, and is right then all the more.
            decided = all(self.database.first_undecided(each) >= end for each, end in everything.items())
            if await member.consumer.has_reached(everything):
                assert decided or all(self.database.first_undecided(each) >= end for each, end in everything.items()), (
                    "what nobody has decided counts as decided"
                )

    async def to_the_end(self) -> None:
        """No more faults: whoever is left, or somebody new, has time for everything."""
        if not self.members:
            await self.join()
        for _ in range(ROUNDS_TO_THE_END):
            for member in self.members:
                member.allow(100)
                member.clock.advance(1.0)
                if self.group.rebalancing and not member.client.reassigning:
                    self.coordinate(member.client.notice())
                self.coordinate(member.client.learn(0))
            await turns(10)
            self.complete_if_all_have_let_go()
            await self.check()
            if all(len(self.database.decided.get(each, ())) == end for each, end in self.group.records.items()):
                break
        missing = {
            each.partition: sorted(set(range(end)) - self.database.decided.get(each, set()))
            for each, end in self.group.records.items()
        }
        assert not any(missing.values()), missing
        await asyncio.gather(*self._coordinators)


async def played(steps: list[tuple[str, int, int]], *, numbered: bool) -> None:
    async with AsyncExitStack() as stack:
        play = Play(stack, numbered=numbered)
        for partition in play.group.partitions:
            play.group.records[partition] = RECORDS
        await play.join()
        for step in steps:
            await play.step(*step)
        await play.to_the_end()


@pytest.mark.parametrize("numbered", [True, False], ids=["feeds", "commands"])
@given(steps=STEPS)
@settings(max_examples=150)
def test_nothing_is_lost_whatever_a_rebalance_lets_go_of(numbered: bool, steps: list[tuple[str, int, int]]) -> None:
    asyncio.run(played(steps, numbered=numbered))


@pytest.mark.parametrize("numbered", [True, False], ids=["feeds", "commands"])
async def test_nothing_is_lost_while_members_come_and_go_under_a_backlog(numbered: bool, seed: int) -> None:
    """A long play: few decisions, many rebalances."""
    chance = random.Random(seed)
    steps = [(chance.choice(ORDINARY), chance.randrange(6), chance.randrange(TURNS_AFTER_A_STEP)) for _ in range(400)]
    for at in (20, 60, 200):
        steps.insert(at, ("join", 0, 2))
    for at, what in ((150, "kill"), (300, "leave"), (350, "join")):
        steps.insert(at, (what, chance.randrange(3), 2))
    await played(steps, numbered=numbered)


async def test_a_database_that_is_put_back_under_running_members_is_read_for_again() -> None:
    """The place that it knows is another than it was told: nothing counts as decided, and reading goes on there."""
    async with AsyncExitStack() as stack:
        play = Play(stack, numbered=False)
        for partition in play.group.partitions:
            play.group.records[partition] = RECORDS
        before = play.database.snapshot()
        await play.to_the_end()
        (member,) = play.members
        while not await member.consumer.has_reached(play.group.records):
            await play.step("tick", 0, 5)
        await play.step("tick", 0, 20)
        assert set(play.database.positions.values()) == {RECORDS}
        play.database.put_back(before)
        play.offsets_are_true = False
        assert not await member.consumer.has_reached(play.group.records)
        assert await member.consumer.behind() == PARTITIONS * RECORDS
        await play.to_the_end()
