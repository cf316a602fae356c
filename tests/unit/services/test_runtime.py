"""What a running service promises of its grace and of its readiness."""

from __future__ import annotations

from services.embedded import EmbeddedLedger
from services.legal_time import LegalTimeConfig
from services.runtime import GRACE_S
from shared.commands.batch import REQUEST_LIFE_MAX_S
from shared.timekeeping.watch import CLOCK_BOUND_S


def test_r_401_the_grace_outlasts_a_request_between_two_clocks_that_are_as_far_apart_as_allowed() -> None:
    """Stamped in time by a clock that is behind, decided at the end of its life; fired by a clock that is ahead."""
    due_at_s = 0.0
    decided_at_the_latest_s = due_at_s + CLOCK_BOUND_S + REQUEST_LIFE_MAX_S
    fires_at_the_earliest_s = due_at_s - CLOCK_BOUND_S + GRACE_S
    assert fires_at_the_earliest_s >= decided_at_the_latest_s
    assert LegalTimeConfig().grace_s == GRACE_S
    assert EmbeddedLedger.__init__.__kwdefaults__["grace_s"] == GRACE_S
