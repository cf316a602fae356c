"""An internal system of the tests: its registered keys, the commands of the toy counter over a topic, and records."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from aiokafka import ConsumerRecord
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from docs.examples import internal_system as system
from shared.commands.command import Command
from shared.inbound.keys import parse_senders
from shared.inbound.request import InboundRequests
from shared.web.routes import CommandCall, CommandRoute
from tests.support.toy_ledger import TENANT, Add, StopTimer, stream_of

SOURCE = "/crm/north"
DATA_BYTES_MAX = 10_000
# 2026-03-02T01:00:01Z, a second after the start of the toys' time.
APPENDED_AT_MS = 1_772_413_201_000

KEY, REVOKED, FOREIGN = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
CRM = system.Signer(TENANT, SOURCE, "crm", KEY)
CRM_UNTIL_THEN = system.Signer(TENANT, SOURCE, "crm-until-then", REVOKED)


class AddBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    amount: int


class StopBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    deadline_id: str


def _add(call: CommandCall, body: AddBody) -> Command[Any]:
    return _command(call, Add(amount=body.amount))


def _stop(call: CommandCall, body: StopBody) -> Command[Any]:
    return _command(call, StopTimer(deadline_id=body.deadline_id))


def _command(call: CommandCall, body: Struct) -> Command[Any]:
    scope = f"counter/{call.path['counter']}"
    return Command(scope=scope, stream=stream_of(scope), context=call.context, body=body)


def _route(operation: str, body: type[Struct], to_command: Any) -> CommandRoute:
    return CommandRoute(
        path=f"/counters/{{counter}}/{operation}",
        operation_id=operation,
        body=body,
        to_command=to_command,
        summary_en=operation,
        summary_zh=operation,
    )


def registration(signer: system.Signer, **more: str) -> dict[str, Any]:
    """A line of the key registry."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": signer.key_id, "x": _public(signer.key)}
    identity = {"issuer": "internal", "subject": "crm", "organisation": "north", "tenant": signer.tenant}
    return {"jwk": jwk, **identity, "valid_from": "2020-01-01T00:00:00.000Z", **more}


def _public(key: Ed25519PrivateKey) -> str:
    return base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()


def requests() -> InboundRequests:
    """What the counter takes, from whom."""
    revoked = {"revoked_at": "2026-03-02T01:00:02.000Z", "revocation_recorded_at": "2026-03-02T01:00:02.000Z"}
    document = msgspec.json.encode({"keys": [registration(CRM), registration(CRM_UNTIL_THEN, **revoked)]})
    routes = (_route("add", AddBody, _add), _route("stop", StopBody, _stop))
    senders = parse_senders(document)
    return InboundRequests(routes, lambda: senders, data_bytes_max=DATA_BYTES_MAX)


def act(id: str, operation: str = "add", counter: str = "c1", **data: Any) -> system.Act:
    """Something that the CRM wants done."""
    return system.Act(id, f"ledger.command.{operation}.v1", {"counter": counter}, data or {"amount": 1})


def record(
    act: system.Act, signer: system.Signer = CRM, *, at_ms: int = APPENDED_AT_MS, timestamp_type: int = 1
) -> ConsumerRecord[bytes, bytes]:
    """The record of an act as a consumer gets it."""
    value, headers = system.record_of(act, signer)
    return raw_record(value, headers, at_ms=at_ms, timestamp_type=timestamp_type)


def raw_record(
    value: bytes | None, headers: system.Headers, *, at_ms: int = APPENDED_AT_MS, timestamp_type: int = 1
) -> ConsumerRecord[bytes, bytes]:
    """Any record."""
    return ConsumerRecord(
        topic="inbound",
        partition=0,
        offset=7,
        timestamp=at_ms,
        timestamp_type=timestamp_type,
        key=b"c1",
        value=value,
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=headers,
    )
