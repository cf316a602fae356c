"""Dated roles by what was on record (R-422, R-427), as contracts and acceptance fold them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from shared.kernel.instants import Instant
from shared.public_events.roles import HeldRole, ended_by
from shared.public_events.terms import RoleHolder

MONDAY: Instant = "2026-03-02T01:00:00.000Z"
TUESDAY: Instant = "2026-03-03T01:00:00.000Z"
FRIDAY: Instant = "2026-03-06T01:00:00.000Z"
HOLDER = RoleHolder(role="acceptor", side="customer", issuer="https://id.test", subject="zhao", held_from=MONDAY)


@pytest.mark.parametrize(
    ("asked", "recorded", "ends"),
    [(MONDAY, TUESDAY, TUESDAY), (FRIDAY, TUESDAY, FRIDAY), (None, TUESDAY, TUESDAY)],
    ids=["dated back", "dated ahead", "not dated"],
)
def test_r_427_a_revocation_ends_a_role_at_the_later_of_its_date_and_its_recording(
    asked: Instant | None, recorded: Instant, ends: Instant
) -> None:
    assert ended_by(HOLDER, replace(HOLDER, held_to=asked), recorded).held_to == ends


def test_r_427_an_end_that_was_dated_is_shortened_and_never_lengthened() -> None:
    dated = replace(HOLDER, held_to=TUESDAY)
    assert ended_by(dated, replace(HOLDER, held_to=FRIDAY), MONDAY).held_to == TUESDAY
    assert ended_by(replace(HOLDER, held_to=FRIDAY), replace(HOLDER, held_to=TUESDAY), MONDAY).held_to == TUESDAY


@pytest.mark.parametrize(
    "other",
    [
        replace(HOLDER, subject="sun"),
        replace(HOLDER, side="provider"),
        replace(HOLDER, role="signatory"),
        replace(HOLDER, issuer="https://other.test"),
        replace(HOLDER, held_from=TUESDAY),
    ],
)
def test_r_422_a_revocation_ends_nobody_elses_role(other: RoleHolder) -> None:
    assert ended_by(other, replace(HOLDER, held_to=TUESDAY), TUESDAY) is other


def test_r_427_a_role_has_power_from_its_start_and_its_recording_on() -> None:
    held = HeldRole(holder=replace(HOLDER, held_to=FRIDAY), recorded_at=TUESDAY)
    assert [held.in_force(at) for at in (MONDAY, TUESDAY, FRIDAY)] == [False, True, False]
    early = HeldRole(holder=replace(HOLDER, held_from=TUESDAY), recorded_at=MONDAY)
    assert [early.in_force(at) for at in (MONDAY, TUESDAY)] == [False, True]
