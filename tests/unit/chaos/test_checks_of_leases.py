"""Planted violations for the check of leases, and the trigger that sees them on a real database."""

from __future__ import annotations

import psycopg
import pytest
from msgspec.structs import replace

from shared.eventstore.log import open_log
from shared.kernel.clock import SystemMachineClock, VirtualLegalClock
from tests.chaos import takings
from tests.chaos.checks.leases import Taking, none_taken
from tests.support.toy_service import NOW, TOY

TAKEN = Taking(lease="acceptance relay/acceptance", before="a-1", after="a-2", left_s=2.0)


def test_a_lease_that_was_taken_from_the_living_is_found() -> None:
    [line] = none_taken([TAKEN])
    assert "a-2" in line and "2.0 s before" in line


@pytest.mark.parametrize("right", [replace(TAKEN, left_s=-0.1), replace(TAKEN, after="a-1")])
def test_a_lease_that_ran_out_or_went_to_the_same_is_right(right: Taking) -> None:
    assert none_taken([right]) == []


async def test_every_taking_is_noted_on_a_real_database(fresh_schema: tuple[str, str]) -> None:
    dsn, schema = fresh_schema
    location = f"{dsn}{'&' if '?' in dsn else '?'}schema={schema}"
    log = await open_log(TOY, location, VirtualLegalClock(NOW), SystemMachineClock())
    takings.watch(dsn, [schema])
    try:
        given = await log.acquire_lease("relay/toy", "a", 60.0)
        assert given is not None
        await log.release_lease(given)
        assert await log.acquire_lease("relay/toy", "b", 60.0)
        assert await log.acquire_lease("relay/toy", "b", 60.0)
        assert none_taken(takings.seen(dsn)) == []
        with psycopg.connect(dsn) as thief:
            thief.execute(f"UPDATE {schema}.leases SET owner = 'c', epoch = epoch + 1".encode())
        [line] = none_taken(takings.seen(dsn))
        assert "c took it from b" in line
    finally:
        takings.unwatch(dsn)
        await log.close()
