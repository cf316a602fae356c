"""How much is under way at a time: limits by name, and none of them lets one keep another waiting."""

from __future__ import annotations

from services.notifier.sending.places import (
    FAILING_AT_ONCE_MAX,
    HOST_AT_ONCE_MAX,
    INSIDE_AT_ONCE_MAX,
    ORGANISATION_AT_ONCE_MAX,
    WEBHOOKS_AT_ONCE_MAX,
    Places,
    Whose,
)
from services.notifier.sending.resting import REST_MAX_S, STUCK_FAILURES, Resting


def whose(number: int, *, organisation: str = "", host: str = "", tenant: str = "t") -> Whose:
    """An endpoint of its own; organisation and host too, unless they are given."""
    return Whose(tenant, organisation or f"o{number}", f"e{number}", host or f"h{number}")


def taken(places: Places, *wanted: Whose | None) -> int:
    """How many of them find a place."""
    return sum(places.take(one) is not None for one in wanted)


def test_every_limit_holds_by_itself() -> None:
    many = range(WEBHOOKS_AT_ONCE_MAX * 2)
    assert taken(Places(), *(whose(number) for number in many)) == WEBHOOKS_AT_ONCE_MAX
    assert taken(Places(), *(whose(number, organisation="o") for number in many)) == ORGANISATION_AT_ONCE_MAX
    assert taken(Places(), *(whose(number, host="h") for number in many)) == HOST_AT_ONCE_MAX
    assert taken(Places(), whose(1), whose(1)) == 1
    assert taken(Places(), *(None for _ in many)) == INSIDE_AT_ONCE_MAX


def test_organisations_of_two_tenants_with_one_name_do_not_share_places() -> None:
    places = Places()
    for tenant in ("t", "u"):
        full = (whose(number, organisation="o", tenant=tenant) for number in range(ORGANISATION_AT_ONCE_MAX))
        assert taken(places, *full) == ORGANISATION_AT_ONCE_MAX


def test_a_place_that_is_given_back_is_free_again() -> None:
    places = Places()
    held = places.take(whose(1))
    assert held is not None and places.busy("t", "o1", "e1")
    places.give_back(held)
    assert not places.busy("t", "o1", "e1")
    assert places.take(whose(1)) is not None


def test_endpoints_that_failed_last_time_leave_room_for_the_others() -> None:
    places, failing = Places(), [whose(number) for number in range(WEBHOOKS_AT_ONCE_MAX)]
    for one in failing:
        places.ended(one, failed=True)
    assert taken(places, *failing) == FAILING_AT_ONCE_MAX
    healthy = whose(WEBHOOKS_AT_ONCE_MAX + 1)
    assert taken(places, healthy) == 1
    places.ended(failing[-1], failed=False)
    assert taken(places, failing[-1]) == 1


def test_an_element_rests_longer_every_time_and_counts_as_stuck_at_a_limit() -> None:
    resting, key = Resting(), ("t", "n", "webhook:e")
    for failures in range(1, STUCK_FAILURES):
        assert resting.failed(key, 0.0) == failures
        assert resting.stuck == 0
    resting.failed(key, 0.0)
    assert resting.stuck == 1
    pause_s = resting.pause_s(0.0)
    assert resting.rests(key, pause_s - 0.01) and not resting.rests(key, pause_s)
    assert not resting.rests(("t", "n", ""), 0.0)
    for _ in range(30):
        resting.failed(key, 0.0)
    assert resting.pause_s(0.0) == REST_MAX_S
    resting.went_well(key)
    assert (resting.stuck, resting.rests(key, 0.0)) == (0, False)
