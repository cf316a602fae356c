"""Why an act waits, or is looked at again, in Chinese and in English."""

from __future__ import annotations

from shared.public_events.words import ROLES, words

# Why an act waits: by the stable word that is stored, the rule and the reason.
WAITS = {
    "deadline_open": (
        "R-401",
        "期限已届满；届满前收到的通知须先行处理 / the period is over; what was received before its end is decided first",
    ),
    "provisional": (
        "R-403",
        "期限暂定，待该年度工作日历公布 / the end of the period is provisional until the calendar of the year is published",
    ),
    "earlier_act": (
        "R-401",
        "同一验收项更早收到的操作须先行处理 / an act on this item that was received earlier is decided first",
    ),
    "role_unknown": (
        "R-427",
        "尚未知悉您的角色，任命可能仍在途中 / your role is not known here yet; an appointment may still be on its way",
    ),
}


def revoked(role: str) -> str:
    """The role that an act rested on had been revoked (R-427)."""
    name = words(ROLES, role)
    return f"收到时“{name.zh}”的角色已被撤销 / the role of {name.en} had been revoked when the act was received"
