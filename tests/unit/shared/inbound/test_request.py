"""A signed CloudEvent of an inbound topic becomes a command, or is refused by name."""

from __future__ import annotations

import base64
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from shared.commands.command import Command
from shared.inbound.errors import (
    KeyNotValid,
    NoAppendTime,
    SignatureInvalid,
    SignatureMissing,
    UnknownCommandType,
    UnknownTenant,
)
from shared.inbound.keys import parse_senders
from shared.inbound.request import InboundRecord, InboundRequests
from shared.inbound.signature import SIGNATURE, sign, signed_content
from shared.kernel.errors import InvalidRequest
from shared.messages import canonical
from shared.messages.cloudevents import (
    AttributeInvalid,
    AttributeMissing,
    AttributeTwice,
    DataTooLarge,
    MalformedCloudEvent,
    Tombstone,
    binary_headers,
)
from shared.web.routes import CommandCall, CommandRoute

OLD, NEW, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
# 2026-03-02T00:00:00Z, a second before the revocation of the key `old` is written down.
APPENDED_AT_MS = 1_772_409_600_000
ATTRIBUTES = {
    "id": "7",
    "source": "/crm/north",
    "type": "ledger.command.submit.v1",
    "tenant": "t1",
    "path": '{"contract":"c1"}',
}
DATA = b'{"note":"n"}'


class Submit(Struct, frozen=True, forbid_unknown_fields=True):
    note: str


def to_command(call: CommandCall, body: Any) -> Command[Any]:
    return Command(scope=call.path["contract"], stream=call.path["contract"], context=call.context, body=body)


ROUTE = CommandRoute(
    path="/contracts/{contract}/submit",
    operation_id="submit",
    body=Submit,
    to_command=to_command,
    summary_en="Submit",
    summary_zh="提交",
)


def registration(kid: str, key: Ed25519PrivateKey, **more: Any) -> dict[str, Any]:
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    identity = {"issuer": "internal", "subject": "crm", "organisation": "north", "tenant": "t1"}
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x}
    return {"jwk": jwk, **identity, "valid_from": "2026-01-01T00:00:00.000Z", **more}


REGISTRATIONS = [
    registration("old", OLD, revoked_at="2026-03-01T00:00:00.000Z", revocation_recorded_at="2026-03-02T00:00:01.000Z"),
    registration("new", NEW, valid_from="2026-03-01T00:00:00.000Z"),
    registration("foreign", OTHER, tenant="t2"),
]
SENDERS = parse_senders(msgspec.json.encode({"keys": REGISTRATIONS}))
REQUESTS = InboundRequests([ROUTE], lambda: SENDERS, data_bytes_max=1000)


def record(
    data: bytes | None = DATA,
    *,
    key: Ed25519PrivateKey = NEW,
    kid: str = "new",
    at_ms: int | None = APPENDED_AT_MS,
    **changed: str,
) -> InboundRecord:
    attributes = {**ATTRIBUTES, **changed}
    signature = sign(attributes, data or b"", key, key_id=kid, algorithm="EdDSA")
    headers = binary_headers([*attributes.items(), (SIGNATURE, signature)])
    return InboundRecord(headers=tuple(headers), value=data, appended_at_ms=at_ms)


def command_of(given: InboundRecord, requests: InboundRequests = REQUESTS) -> Command[Any]:
    """The command of a record, or the error that it is refused with."""
    found = requests.read(given)
    if isinstance(found, Command):
        return found
    raise found.error


def without(name: str) -> InboundRecord:
    good = record()
    return msgspec.structs.replace(good, headers=tuple(pair for pair in good.headers if pair[0] != f"ce_{name}"))


def test_r_409_received_at_is_the_append_time_of_the_broker() -> None:
    context = command_of(record(time="2020-01-01T00:00:00Z")).context
    assert context.received_at == "2026-03-02T00:00:00.000Z"
    assert context.received_machine_s == 0.0


def test_on_virtual_time_a_record_was_received_when_its_sender_says() -> None:
    virtual = InboundRequests([ROUTE], lambda: SENDERS, own_time=True)
    assert (
        command_of(record(time="2026-05-01T08:00:00+08:00"), virtual).context.received_at == "2026-05-01T00:00:00.000Z"
    )
    for wrong in (record(), record(time="soon")):
        with pytest.raises(AttributeInvalid):
            command_of(wrong, virtual)


def test_r_420_a_command_carries_tenant_actor_key_and_expected_version() -> None:
    command = command_of(record(expectedversion="3"))
    context = command.context
    assert (command.scope, command.body) == ("c1", Submit("n"))
    assert (context.tenant, context.actor.subject, context.actor.organisation) == ("t1", "crm", "north")
    assert context.expected_version == 3


def test_r_420_the_key_is_the_id_within_its_source() -> None:
    first = command_of(record()).context
    repeat = command_of(record(at_ms=APPENDED_AT_MS + 5)).context
    other_source = command_of(record(source="/crm/south")).context
    other_content = command_of(record(b'{"note":"m"}')).context
    assert (repeat.key, repeat.command_id) == (first.key, first.command_id)
    assert other_source.key != first.key
    assert other_content.key == first.key
    assert other_content.fingerprint != first.fingerprint


def test_r_427_a_key_counts_for_what_was_received_while_it_was_valid() -> None:
    assert command_of(record(key=OLD, kid="old")).context.actor.subject == "crm"
    with pytest.raises(KeyNotValid):
        command_of(record(key=OLD, kid="old", at_ms=APPENDED_AT_MS + 1000))
    with pytest.raises(KeyNotValid):
        command_of(record(at_ms=APPENDED_AT_MS - 86_400_001))


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (record(at_ms=None), NoAppendTime),
        (record(None), Tombstone),
        (record(b"x" * 1001), DataTooLarge),
        (record(b'{"note":"\xff"}'), InvalidRequest),
        (record(b'{"note":1}'), InvalidRequest),
        (msgspec.structs.replace(record(), headers=(*record().headers, ("ce_id", b"8"))), AttributeTwice),
        (msgspec.structs.replace(record(), headers=()), MalformedCloudEvent),
        (record(type="ledger.command.other.v1"), UnknownCommandType),
        (record(tenant="t9"), UnknownTenant),
        (without("tenant"), AttributeMissing),
        (record(path='{"contract":"a/b"}'), AttributeInvalid),
        (record(path='{"contract":"c1","more":"c2"}'), AttributeInvalid),
        (record(path="{"), AttributeInvalid),
        (record(expectedversion="-1"), AttributeInvalid),
        (without("signature"), SignatureMissing),
        (without("path"), SignatureInvalid),
        (msgspec.structs.replace(record(), value=b'{"note":"m"}'), SignatureInvalid),
        (record(key=OTHER), SignatureInvalid),
        (record(key=OTHER, kid="foreign"), SignatureInvalid),
        (record(key=OTHER, kid="nobody"), SignatureInvalid),
    ],
)
def test_what_is_wrong_is_refused_by_name(bad: InboundRecord, error: type[Exception]) -> None:
    with pytest.raises(error):
        command_of(bad)


@pytest.mark.parametrize("signature", ["", "a.b", "a.b.c", "..", "!..!", "é..é", "e30..e30", "x" * 3000])
def test_what_is_no_detached_signature_is_refused(signature: str) -> None:
    headers = binary_headers([*ATTRIBUTES.items(), (SIGNATURE, signature)])
    with pytest.raises(SignatureInvalid if signature else SignatureMissing):
        command_of(InboundRecord(headers=tuple(headers), value=DATA, appended_at_ms=APPENDED_AT_MS))


def test_a_header_of_the_signature_may_bring_nothing_along() -> None:
    content = signed_content(ATTRIBUTES, DATA)
    whole = jwt.PyJWS().encode(content, NEW, "EdDSA", {"kid": "new", "jku": "https://example.com"})
    header, _, signature = whole.split(".")
    headers = binary_headers([*ATTRIBUTES.items(), (SIGNATURE, f"{header}..{signature}")])
    with pytest.raises(SignatureInvalid):
        command_of(InboundRecord(headers=tuple(headers), value=DATA, appended_at_ms=APPENDED_AT_MS))


def test_a_signature_covers_identity_and_data_but_not_the_senders_time() -> None:
    assert signed_content({**ATTRIBUTES, "time": "x"}, DATA) == canonical.encode(
        {**ATTRIBUTES, "data_sha256": canonical.sha256_of_bytes(DATA)}
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"organisation": "ledger"}, "reserved"),
        ({"grants": ["king"]}, "grants that do not exist: king"),
        ({"jwk": {"kid": "k"}}, "needs an alg"),
        ({"valid_from": "today"}, "valid_from"),
        ({"valid_from": "2026-02-30T00:00:00.000Z"}, "/keys/0/valid_from: 2026-02-30T00:00:00.000Z does not exist"),
        ({"subject": "crm\u202e"}, "/keys/0/subject"),
        ({"issuer": " "}, "/keys/0/issuer"),
        ({"revoked_at": "2026-03-02T00:00:01.000Z"}, "come together"),
        ({"more": 1}, "unknown field `more`"),
    ],
)
def test_a_registration_that_is_wrong_is_refused(wrong: dict[str, Any], reason: str) -> None:
    document = msgspec.json.encode({"keys": [registration("k", NEW) | wrong]})
    with pytest.raises(ValueError, match=reason):
        parse_senders(document)
