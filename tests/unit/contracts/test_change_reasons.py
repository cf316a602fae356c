"""Why a change is asked for: one code of the list (R-207)."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest
from msgspec.structs import replace

from services.contracts.domain.changes.commands import RequestChange
from services.contracts.domain.changes.errors import ChangeFormIncomplete
from services.contracts.domain.changes.events import ChangeRequested, ReasonCode
from shared.messages import canonical
from tests.unit.contracts.world import P_MANAGER, change_form, signed

# The triggers that the sources print, each by its code.
TRIGGERS = {
    "scope",
    "third_party_delay",
    "system_rebuilding",
    "data_quality",
    "survey_gap",
    "additional_interfaces",
    "upstream_problem",
    "environment_change",
    "acceptance_blocked",
    "risk_unanswered",
    "warranty_blocked",
}


def test_r_207_every_trigger_of_the_sources_has_a_code() -> None:
    assert set(get_args(ReasonCode)) >= TRIGGERS


@pytest.mark.parametrize("reason", get_args(ReasonCode))
def test_r_207_a_form_with_a_code_of_the_list_is_taken(reason: ReasonCode) -> None:
    form = msgspec.json.decode(canonical.encode(replace(change_form(), reason_code=reason)), type=RequestChange)
    assert signed().when(form, actor=P_MANAGER).event(ChangeRequested).form.reason_code == reason


def test_r_207_another_reason_is_refused_and_so_is_none() -> None:
    with pytest.raises(msgspec.ValidationError, match="reason_code"):
        msgspec.convert({"change": "CR1", "reason_code": "because"}, RequestChange)
    signed().when(change_form(reason_code=None), actor=P_MANAGER).refuses(ChangeFormIncomplete, "/reason_code")
