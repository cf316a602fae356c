"""The acceptance profiles of R-151: what an acceptance entry of each must say, and which services may use it."""

from __future__ import annotations

from msgspec import Struct

from shared.catalogue.format import vocabulary as v


class Profile(Struct, frozen=True, kw_only=True):
    """A profile; `review` is (value, unit) or None without a timer. `forms` empty means that none is printed.

    Of `forms_together` an entry that names them all needs them all (R-150); elsewhere one of its forms is enough.
    """

    group: v.Group
    services: tuple[str, ...]
    review: tuple[int, v.Unit] | None = None
    starts: tuple[v.Start, ...] = ()
    silence: bool = False
    use: bool = False
    forms: tuple[v.Form, ...] = ()
    forms_together: tuple[v.Form, ...] = ()
    rework: tuple[int, v.Unit] | None = None
    objection: v.ObjectionKind | None = None
    by_time: bool = False


def _alibaba(*numbers: int) -> tuple[str, ...]:
    return tuple(f"alibaba-{number}" for number in numbers)


def _kingdee(*numbers: int) -> tuple[str, ...]:
    return tuple(f"kingdee-3.{number}" for number in numbers)


_WORK_WEEK: tuple[int, v.Unit] = (5, "working_day")
_WEEK: tuple[int, v.Unit] = (7, "calendar_day")
_BUTTON_FORMS: tuple[v.Form, ...] = ("online_button", "online_confirmation", "signature")
# Forms that are acts of both sides, so that no entry with one of them is accepted by one person.
BOTH_SIDED_FORMS: frozenset[v.Form] = frozenset({"signature_both", "joint_confirmation"})
BOTH_SIDED_ACCEPTORS: frozenset[v.Acceptor | None] = frozenset({"both_sides", "both_project_managers"})

# Services beyond the row of R-151 come from R-153 (a second layer), R-222 (a phase without a deliverable) and R-333.
PROFILES: dict[v.ProfileId, Profile] = {
    "A-WRITTEN": Profile(group="P0", services=_alibaba(2, 3, 4, 5, 21), forms=("written",)),
    "A-ONLINE-NO-TIMER": Profile(
        group="P0",
        services=_alibaba(10, 11, 12, 13, 23, 26, 27),
        forms=_BUTTON_FORMS,
        forms_together=("signature", "online_button"),
    ),
    "A-WRITTEN-5WD-AUTO": Profile(
        group="P1",
        services=_alibaba(1, 18),
        review=_WORK_WEEK,
        starts=("received_all",),
        silence=True,
        forms=("written",),
        objection="any_feedback",
    ),
    "A-SIGN-5WD-NO-DEEMED": Profile(
        group="P2",
        services=_alibaba(8, 9, 14, 15, 16, 29),
        review=_WORK_WEEK,
        starts=("submitted",),
        forms=("signature", "signature_both", "confirmation", "online_confirmation", "joint_confirmation"),
        forms_together=("signature_both", "online_confirmation"),
    ),
    "A-5WD-ONLINE-OR-WRITTEN-NO-DEEMED": Profile(
        group="P2",
        services=_alibaba(28),
        review=_WORK_WEEK,
        starts=("submitted",),
        forms=("online_confirmation", "written", "signature"),
    ),
    "A-5WD-DEEMED-REWORK-5WD": Profile(
        group="P3",
        services=_alibaba(14, 15, 16),
        review=_WORK_WEEK,
        starts=("received",),
        silence=True,
        forms=("signature", "signature_both"),
        rework=(5, "working_day"),
        objection="any_reply",
    ),
    "A-FULL-DISCREPANCY": Profile(
        group="P4",
        services=_alibaba(25, 27),
        review=_WORK_WEEK,
        starts=("submitted",),
        silence=True,
        use=True,
        forms=("signature", "seal", "online_button"),
        rework=(10, "working_day"),
        objection="written_discrepancies",
    ),
    "A-ONLINE-7D-NO-DEEMED": Profile(
        group="P5",
        services=_alibaba(7),
        review=_WEEK,
        starts=("submitted", "contract_expiry"),
        forms=("online_click", "online_confirmation"),
    ),
    "A-TICKET-7D-CLOSE": Profile(
        group="P6",
        services=_alibaba(6),
        review=_WEEK,
        starts=("solution_sent",),
        silence=True,
        forms=("confirmation", "evaluation"),
    ),
    "A-UPLOAD-7D-AUTO": Profile(
        group="P6",
        services=_alibaba(22),
        review=_WEEK,
        starts=("uploaded",),
        silence=True,
        forms=("online_confirmation", "console", "confirmation"),
    ),
    "A-30D-DEEMED": Profile(
        group="P7",
        services=_alibaba(24),
        review=(30, "calendar_day"),
        starts=("delivered",),
        silence=True,
        forms=("signature", "seal", "signed_form", "written"),
    ),
    "A-TIME-EXPIRY": Profile(
        group="P8",
        services=_alibaba(10, 11, 17, 27),
        forms=("online_confirmation", "online_button"),
        by_time=True,
    ),
    "A-CONSOLE-1MONTH-NO-DEEMED": Profile(
        group="P9",
        services=_alibaba(19, 20),
        starts=("proposed",),
        forms=("console", "signature", "seal", "written"),
    ),
    "K-CONFIRM": Profile(
        group="P10",
        services=_kingdee(2, 3, 4, *range(10, 20)),
        forms=("confirmation", "signed_form", "evaluation"),
    ),
    "S-JOINT": Profile(
        group="P10",
        services=("shopex-1", "shopex-2", "shopex-3", "alibaba-25"),
        forms=("joint_confirmation", "written", "confirmation"),
    ),
    "S-UAT": Profile(group="P10", services=("shopex-2",), forms=("signed_test_report",)),
    "K-NONE": Profile(group="P11", services=_kingdee(1, *range(5, 10))),
}
