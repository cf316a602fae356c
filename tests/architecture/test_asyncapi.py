"""The AsyncAPI document says what is on the wire; test_schemas.py holds it against the structs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jsonschema import Draft202012Validator

from docs.examples import internal_system as system
from shared.commands.command import Asked
from shared.commands.outcomes import refusal_of
from shared.inbound.request import command_type
from shared.kafka.records import record_of
from shared.kafka.topics import INBOUND_SERVICES, TOPICS, inbound_topic
from shared.kernel.actors import system_actor
from shared.kernel.errors import VersionConflict
from shared.kernel.instants import parse_rfc3339
from shared.messages import canonical
from shared.public_events.envelope import Envelope
from shared.public_events.invoicing import InvoiceReversed
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.public_events.outcomes import CommandAnswered
from tests.architecture.asyncapi import COMMAND_ATTRIBUTES, DEAD_LETTER, asyncapi_document, commands_of

DOCUMENT = asyncapi_document()
NOW = parse_rfc3339("2026-03-02T02:00:00.000Z")


def resolved(reference: str) -> Any:
    """What a reference within the document leads to; raises KeyError."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(part: Any) -> Iterator[str]:
    """Every reference below a part of the document."""
    if isinstance(part, dict):
        yield from ([part["$ref"]] if isinstance(part.get("$ref"), str) else [])
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_topic_is_a_channel_with_its_partitions_and_the_operation_of_the_ledger() -> None:
    assert list(DOCUMENT["channels"]) == [topic.name for topic in TOPICS]
    for topic in TOPICS:
        assert resolved(f"#/channels/{topic.name}")["bindings"]["kafka"]["partitions"] == topic.partitions
        assert DOCUMENT["operations"][topic.name]["channel"] == {"$ref": f"#/channels/{topic.name}"}


def test_every_event_is_a_message_of_exactly_one_channel() -> None:
    carried = [name for topic in TOPICS if topic.kind == "history" for name in resolved_messages(topic.name)]
    assert sorted(carried) == sorted(PUBLIC_LANGUAGE.names())
    every = [name for topic in TOPICS for name in resolved_messages(topic.name)]
    assert sorted(every) == sorted(DOCUMENT["components"]["messages"])


def resolved_messages(topic: str) -> list[str]:
    """What a topic carries."""
    return list(DOCUMENT["channels"][topic]["messages"])


def test_every_command_over_http_is_a_message_of_its_service_and_is_answered() -> None:
    for service in INBOUND_SERVICES:
        commands = [command_type(route) for route in commands_of(service)]
        assert commands
        assert resolved_messages(inbound_topic(service)) == commands
        reply = DOCUMENT["operations"][inbound_topic(service)]["reply"]["channel"]
        assert list(resolved(reply["$ref"])["messages"]) == [CommandAnswered.TYPE]


def test_every_message_has_one_schema_and_no_union() -> None:
    for name, message in DOCUMENT["components"]["messages"].items():
        if name == DEAD_LETTER:
            continue  # A copy of whatever it was.
        assert list(message["payload"]) == ["$ref"], name
        assert resolved(message["payload"]["$ref"])["type"] == "object"


def test_every_reference_leads_somewhere() -> None:
    found = set(references(DOCUMENT))
    assert found
    for reference in found:
        resolved(reference)
    with pytest.raises(KeyError):
        resolved("#/components/schemas/Planted")


@pytest.mark.parametrize("optional", ["", "known"])
def test_the_headers_of_a_record_are_those_of_the_document(optional: str) -> None:
    record = record_of(
        Envelope(
            tenant="acme",
            source="acceptance",
            topic=InvoiceReversed.TOPIC,
            key="c1",
            n=1,
            event_id="event",
            type=InvoiceReversed.TYPE,
            effective_at=NOW,
            recorded_at=NOW,
            actor=system_actor("acceptance"),
            correlation_id=optional,
            causation_id=optional,
            traceparent=optional or None,
            data=b"{}",
        )
    )
    headers = {name: value.decode() for name, value in record.headers}
    message = resolved(f"#/components/messages/{InvoiceReversed.TYPE}")
    validator = Draft202012Validator({**DOCUMENT, **message["headers"]})
    assert list(validator.iter_errors(headers)) == []
    assert not validator.is_valid(headers | {"ce_type": "planted"})
    assert not validator.is_valid({name: value for name, value in headers.items() if name != "ce_sequence"})
    declared = resolved("#/components/schemas/CloudEventHeaders")
    assert headers.keys() == (declared["properties"].keys() if optional else set(declared["required"]))


def test_a_command_of_the_example_is_what_the_document_says() -> None:
    signer = system.Signer("acme", "/crm", "crm", Ed25519PrivateKey.generate())
    command = "ledger.command.startRework.v1"
    value, sent = system.record_of(system.Act("1", command, {"contract": "c1", "item": "i1"}, {}), signer)
    headers = {name: text.decode() for name, text in sent}
    message = resolved(f"#/components/messages/{command}")
    validator = Draft202012Validator({**DOCUMENT, **message["headers"]})
    assert list(validator.iter_errors(headers)) == []
    for name in (*COMMAND_ATTRIBUTES, "planted"):
        kept = {header: text for header, text in headers.items() if header != f"ce_{name}"}
        assert validator.is_valid(kept) == (name == "planted")
    assert Draft202012Validator({**DOCUMENT, **message["payload"]}).is_valid(msgspec.json.decode(value))


def test_an_answer_is_what_the_document_says() -> None:
    asked = Asked(source="/crm", id="1", type="", received_at=None)
    said = msgspec.json.decode(canonical.encode(refusal_of(asked, VersionConflict(version="3"))))
    payload = resolved(f"#/components/messages/{CommandAnswered.TYPE}")["payload"]
    validator = Draft202012Validator({**DOCUMENT, **payload})
    assert list(validator.iter_errors(said)) == []
    assert not validator.is_valid(said | {"outcome": "planted"})
