"""Stage 1 of contracts: bodies that are refused before any rule is asked, and commands that reach the right stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.contracts.api import ROUTES
from services.contracts.domain.commands import ACT_NAMES
from services.contracts.domain.drafting.commands import DraftContract
from services.contracts.sentences.wording import ACTS
from shared.commands.command import Context
from shared.web.routes import CommandCall, CommandRoute
from tests.unit.contracts.world import DRAFTED, P_MANAGER, change_form, draft

COMMANDS = {route.operation_id: route for route in ROUTES if isinstance(route, CommandRoute)}


def body() -> dict[str, Any]:
    """A draft as JSON sends it."""
    return msgspec.json.decode(msgspec.json.encode(draft()))


def set_total(data: dict[str, Any], value: object) -> None:
    data["price_total"] = value


def set_list_price(data: dict[str, Any], value: object) -> None:
    data["price_rows"][0]["list_price"] = value


def set_tax_rate(data: dict[str, Any], value: object) -> None:
    data["tax_rate"] = value


@pytest.mark.parametrize("put", [set_total, set_list_price, set_tax_rate])
@pytest.mark.parametrize("value", [100000, 100000.5, "1e5", "-1", "1.005e2", "٣", " 1", "NaN"])
def test_r_440_money_is_a_decimal_text_and_never_a_number(
    put: Callable[[dict[str, Any], object], None], value: object
) -> None:
    data = body()
    put(data, value)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(data, DraftContract)


def test_a_draft_reads_back_as_it_was_sent() -> None:
    assert msgspec.convert(body(), DraftContract) == draft()


@pytest.mark.parametrize("where", [(), ("customer",), ("price_rows", 0), ("payment_lines", 0, "conditions", 0)])
def test_an_unknown_field_is_refused_wherever_it_stands(where: tuple[str | int, ...]) -> None:
    data = body()
    place: Any = data
    for step in where:
        place = place[step]
    place["surprise"] = 1
    with pytest.raises(msgspec.ValidationError, match="surprise"):
        msgspec.convert(data, DraftContract)


def context() -> Context:
    return Context(tenant="demo", actor=P_MANAGER, key="k", fingerprint="f", command_id="c", received_at=DRAFTED)


EXAMPLES: dict[str, tuple[dict[str, str], Any, str]] = {
    "draftContract": ({}, body(), "contract-C1"),
    "signContract": ({}, {"content_sha256": "0" * 64, "content_version": 1}, "contract-C1"),
    "requestChange": ({}, msgspec.to_builtins(change_form()), "change-C1/CR1"),
    "assessChange": ({"change": "CR1"}, {"feasible": True}, "change-C1/CR1"),
    "signChange": ({"change": "CR1"}, {"content_sha256": "0" * 64, "content_version": 1}, "change-C1/CR1"),
    "signSupplement": ({"change": "CR1"}, {"content_sha256": "0" * 64, "content_version": 1}, "change-C1/CR1"),
    "withdrawChange": ({"change": "CR1"}, {}, "change-C1/CR1"),
    "agreeExtension": ({"extension": "E1"}, {"content_sha256": "0" * 64, "content_version": 1}, "contract-C1"),
    "explainDelay": ({"milestone": "m1"}, {"cause": "?", "cause_side": "customer"}, "contract-C1"),
    "notifyRisk": ({}, {"risk": "R1", "description": "?"}, "risk-C1/R1"),
    "answerRisk": ({"risk": "R1"}, {"answer": "?"}, "risk-C1/R1"),
}


@pytest.mark.parametrize("operation", EXAMPLES)
def test_a_request_becomes_a_command_on_its_stream(operation: str) -> None:
    path, data, stream = EXAMPLES[operation]
    route = COMMANDS[operation]
    call = CommandCall(path={"contract": "C1", **path}, context=context())
    command = route.to_command(call, msgspec.convert(data, route.body))
    assert (command.scope, command.stream) == ("contract/C1", stream)
    assert type(command.body) in ACT_NAMES


def test_every_act_has_words_in_both_languages() -> None:
    assert set(ACT_NAMES.values()) <= set(ACTS)
