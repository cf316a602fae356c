"""The steps by which an overdue review is escalated (R-155)."""

from __future__ import annotations

ESCALATION = "escalation"
# after so many working days the overdue review goes to these roles of both sides, where they are named.
ESCALATION_STEPS = (("3wd", ("project_manager",)), ("5wd", ("project_director",)))
