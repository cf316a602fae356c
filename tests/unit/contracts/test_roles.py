"""Roles per contract: named by their own side, dated, judged by what was recorded when an act was received."""

from __future__ import annotations

from typing import Literal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.domain.changes.events import ChangeRequested
from services.contracts.domain.errors import ActForOtherSide, ContractUnknown
from services.contracts.domain.events import CommunicationWithoutEffect
from services.contracts.domain.risks.commands import NotifyRisk
from services.contracts.domain.risks.events import RiskNotified
from services.contracts.domain.roles.commands import AppointRole, RevokeRole
from services.contracts.domain.roles.errors import PersonOfBothSides, RoleNotHeld, RoleNotOfSide, RolePlanned
from services.contracts.domain.roles.events import RoleAppointed, RoleRevoked
from services.contracts.domain.state import State
from services.contracts.publishing import to_public
from shared.kernel.actors import Side
from shared.kernel.instants import Instant
from shared.public_events import contracts as public
from shared.public_events.terms import RoleName
from shared.testing.spec import Spec
from tests.unit.contracts.world import (
    C_ACCEPTOR,
    C_MANAGER,
    C_SIGNATORY,
    C_STAFF,
    P_MANAGER,
    P_STAFF,
    STRANGER,
    change_form,
    drafted,
    in_force,
    signed,
)

LATER: Instant = "2025-09-26T02:00:00.000Z"
LATER_STILL: Instant = "2025-09-29T02:00:00.000Z"
NEW_ACCEPTOR = AppointRole(role="acceptor", side="customer", subject=C_STAFF.subject)
NEW_OWNER = AppointRole(role="business_owner", side="provider", subject=P_STAFF.subject)


def test_r_072_the_customer_appoints_an_acceptor_without_a_change_form() -> None:
    spec = signed().at(LATER).when(NEW_ACCEPTOR, actor=C_MANAGER).then_types(RoleRevoked, RoleAppointed)
    assert spec.event(RoleAppointed).holder.held_from == LATER
    assert spec.event(RoleRevoked).holder.subject == C_ACCEPTOR.subject


def test_an_appointment_is_published_and_one_in_a_draft_is_not() -> None:
    spec = signed().at(LATER).when(NEW_ACCEPTOR, actor=C_MANAGER).after()
    messages = to_public(spec.state, spec.history[-1])
    assert [type(message.data) for message in messages] == [public.RoleAppointed]
    spec = drafted().when(NEW_ACCEPTOR, actor=C_MANAGER).after()
    assert to_public(spec.state, spec.history[-1]) == ()


def test_a_role_of_several_people_replaces_nobody() -> None:
    signed().at(LATER).when(NEW_OWNER, actor=P_MANAGER).then_types(RoleAppointed)


def test_an_appointment_repeated_changes_nothing() -> None:
    signed().at(LATER).when(NEW_ACCEPTOR, actor=C_MANAGER).after().when(NEW_ACCEPTOR, actor=C_MANAGER).then_nothing()


def test_r_423_nobody_appoints_for_the_other_side() -> None:
    signed().when(NEW_ACCEPTOR, actor=P_MANAGER).refuses(ActForOtherSide)


def test_r_423_nobody_gets_roles_of_both_sides() -> None:
    both = AppointRole(role="project_director", side="provider", subject=C_MANAGER.subject)
    signed().when(both, actor=P_MANAGER).refuses(PersonOfBothSides, "/subject")


def test_r_072_the_provider_has_no_acceptor() -> None:
    own = AppointRole(role="acceptor", side="provider", subject=P_STAFF.subject)
    signed().when(own, actor=P_MANAGER).refuses(RoleNotOfSide, "/role")


def test_r_426_somebody_without_power_appoints_without_effect() -> None:
    spec = signed().when(NEW_ACCEPTOR, actor=C_STAFF)
    spec.without_effect("R-426")
    assert spec.event(CommunicationWithoutEffect).reason == (
        "收到时未担任所需角色（甲方签署人、项目经理） / "
        "no needed role was held on receipt (customer: signatory, project manager)"
    )


def test_r_426_a_stranger_appoints_nobody() -> None:
    signed().when(NEW_ACCEPTOR, actor=STRANGER).refuses(ContractUnknown)


def test_r_427_a_revocation_works_from_the_later_of_its_date_and_its_recording() -> None:
    revoke = RevokeRole(
        role="project_manager", side="provider", subject=P_MANAGER.subject, held_to="2025-09-01T00:00:00.000Z"
    )
    spec = signed().at(LATER).when(revoke, actor=P_MANAGER)
    assert spec.event(RoleRevoked).holder.held_to == LATER
    spec.after().at(LATER_STILL).when(NotifyRisk(risk="R1", description="源表质量"), actor=P_MANAGER)
    spec.without_effect("R-426")


def test_a_revocation_repeated_changes_nothing() -> None:
    revoke = RevokeRole(role="business_owner", side="customer", subject="qian")
    signed().at(LATER).when(revoke, actor=C_MANAGER).after().when(revoke, actor=C_MANAGER).then_nothing()


def test_r_422_what_nobody_holds_is_not_revoked() -> None:
    revoke = RevokeRole(role="project_director", side="customer", subject="qian")
    signed().when(revoke, actor=C_MANAGER).refuses(RoleNotHeld, "/subject")


def test_r_422_a_role_from_a_later_date_has_no_power_before() -> None:
    manager = AppointRole(role="project_manager", side="provider", subject=P_STAFF.subject, held_from=LATER_STILL)
    spec = signed().at(LATER).when(manager, actor=P_MANAGER).after()
    notice = NotifyRisk(risk="R1", description="源表质量")
    spec.when(notice, actor=P_STAFF).without_effect("R-426")
    # Until then the one before still holds the role.
    spec.when(notice, actor=P_MANAGER).event(RiskNotified)
    spec.at(LATER_STILL).when(notice, actor=P_STAFF).event(RiskNotified)
    spec.when(notice, actor=P_MANAGER).without_effect("R-426")


def test_r_427_an_appointment_counts_from_its_recording() -> None:
    """An act received before the appointment was on record is judged by the roles as recorded then."""
    spec = signed().at(LATER_STILL).when(NEW_OWNER, actor=P_MANAGER).after()
    assert in_force(spec).roles[-1].recorded_at == LATER_STILL
    spec.at(LATER).when(change_form(), actor=P_STAFF).without_effect("R-426")


NEXT_MONTH: Instant = "2025-10-20T16:00:00.000Z"
YEAR_END: Instant = "2025-12-30T16:00:00.000Z"


def holders(spec: Spec[State], role: RoleName, side: Side, at: Instant) -> set[str]:
    """Who holds a role at an instant, as recorded by the end of the story."""
    return {
        held.holder.subject
        for held in in_force(spec).roles
        if (held.holder.role, held.holder.side) == (role, side) and held.in_force(at)
    }


def test_r_427_a_revocation_shortens_an_end_that_was_dated_later() -> None:
    dated = RevokeRole(role="acceptor", side="customer", subject=C_ACCEPTOR.subject, held_to=YEAR_END)
    spec = signed().at(LATER).when(dated, actor=C_MANAGER).after()
    assert holders(spec, "acceptor", "customer", LATER_STILL) == {C_ACCEPTOR.subject}
    now = msgspec.structs.replace(dated, held_to=None)
    spec.at(LATER_STILL).when(now, actor=C_MANAGER).then_types(RoleRevoked).after()
    assert holders(spec, "acceptor", "customer", LATER_STILL) == set()


def test_r_427_a_revocation_never_lengthens() -> None:
    dated = RevokeRole(role="acceptor", side="customer", subject=C_ACCEPTOR.subject, held_to=NEXT_MONTH)
    later = msgspec.structs.replace(dated, held_to=YEAR_END)
    spec = signed().at(LATER).when(dated, actor=C_MANAGER).after().when(later, actor=C_MANAGER).then_nothing()
    assert holders(spec, "acceptor", "customer", NEXT_MONTH) == set()


PLANNED = AppointRole(role="acceptor", side="customer", subject="he", held_from=NEXT_MONTH)


def test_r_422_an_appointment_over_a_dated_successor_is_refused_until_it_names_him() -> None:
    spec = signed().at(LATER).when(PLANNED, actor=C_MANAGER).after()
    spec.at(LATER_STILL).when(NEW_ACCEPTOR, actor=C_MANAGER).refuses(RolePlanned, "/replaces")
    named = msgspec.structs.replace(NEW_ACCEPTOR, replaces=("he",))
    spec.when(named, actor=C_MANAGER).then_types(RoleRevoked, RoleRevoked, RoleAppointed).after()
    for at in (LATER_STILL, NEXT_MONTH, YEAR_END):
        assert holders(spec, "acceptor", "customer", at) == {C_STAFF.subject}


def test_r_422_a_plan_that_is_revoked_never_begins() -> None:
    spec = signed().at(LATER).when(PLANNED, actor=C_MANAGER).after()
    given_up = RevokeRole(role="acceptor", side="customer", subject="he")
    spec.at(LATER_STILL).when(given_up, actor=C_MANAGER).then_types(RoleRevoked).after()
    assert holders(spec, "acceptor", "customer", YEAR_END) == set()
    spec.when(NEW_ACCEPTOR, actor=C_MANAGER).then_types(RoleRevoked, RoleAppointed)


def test_r_422_who_is_planned_can_begin_earlier() -> None:
    spec = signed().at(LATER).when(PLANNED, actor=C_MANAGER).after()
    earlier = msgspec.structs.replace(PLANNED, held_from=None)
    spec.at(LATER_STILL).when(earlier, actor=C_MANAGER).after()
    assert holders(spec, "acceptor", "customer", LATER_STILL) == {"he"}
    assert holders(spec, "acceptor", "customer", NEXT_MONTH) == {"he"}


def test_r_422_of_two_acts_that_overtook_each_other_the_later_record_counts() -> None:
    """Received in one order and recorded in the other, neither is a plan."""
    spec = signed().at(LATER_STILL).when(NEW_ACCEPTOR, actor=C_MANAGER).after()
    other = msgspec.structs.replace(NEW_ACCEPTOR, subject="he")
    spec.at(LATER).when(other, actor=C_MANAGER).after()
    assert holders(spec, "acceptor", "customer", YEAR_END) == {"he"}


MOMENTS = tuple(f"2025-{month:02d}-{day:02d}T02:00:00.000Z" for month in (10, 11) for day in range(1, 29, 3))
PEOPLE = ("ma", "he", "xu")
Step = tuple[str, Literal["appoint", "revoke"], Instant | None, tuple[str, ...]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(("appoint", "revoke")),
        st.none() | st.sampled_from(MOMENTS),
        st.sampled_from(((), PEOPLE)),
    ),
    max_size=len(MOMENTS),
)


@given(role=st.sampled_from(("acceptor", "project_manager")), steps=STEPS)
@settings(deadline=None)
def test_r_422_a_role_of_one_has_one_holder_at_any_instant(role: RoleName, steps: list[Step]) -> None:
    """Whatever is dated, revoked and replaced: in contracts as in what receivers fold, and nobody regains a role."""
    spec = signed()
    for now, (subject, act, dated, replaces) in zip(MOMENTS, steps, strict=False):
        body: AppointRole | RevokeRole
        if act == "appoint":
            body = AppointRole(role=role, side="customer", subject=subject, held_from=dated, replaces=replaces)
        else:
            body = RevokeRole(role=role, side="customer", subject=subject, held_to=dated)
        before = {at: holders(spec, role, "customer", at) for at in MOMENTS}
        spec.at(now).when(body, actor=C_SIGNATORY)
        if spec.raised is None:
            spec.after()
        for at in MOMENTS:
            found = holders(spec, role, "customer", at)
            assert len(found) <= 1
            assert act == "appoint" or found <= before[at]


def test_r_427_a_power_counts_from_its_recording() -> None:
    """An appointment that was received before an act but recorded after it gives that act no power."""
    spec = signed().at(LATER).when(NEW_OWNER, actor=P_MANAGER)
    spec.at("2025-09-26T02:00:05.000Z").after()
    spec.at("2025-09-26T02:00:04.000Z").when(change_form(), actor=P_STAFF).without_effect("R-426")
    spec.at("2025-09-26T02:00:05.000Z").when(change_form(), actor=P_STAFF).then_types(ChangeRequested)
