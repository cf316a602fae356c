"""The topics as an AsyncAPI 3 document, out of their definition, the published language and the routes of commands.

A message is one type with one schema, never a union: a reader takes `ce_type` and has the shape. A command has the body
of its route over HTTP; its path parameters are the attribute `path`. Dead letters are copies of any record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from services.hosting.parts import PARTS
from shared.inbound.request import command_type
from shared.kafka.dead_letters import PREFIX as ERRORS
from shared.kafka.topics import DEAD_LETTERS_TOPIC, INBOUND_SERVICES, TOPICS, Topic, TopicKind, inbound_topic
from shared.messages.schemas import portable
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.public_events.outcomes import OUTCOMES_TOPIC, CommandAnswered
from shared.web.openapi import API_VERSION
from shared.web.routes import CommandRoute

ASYNCAPI_VERSION: Final = "3.0.0"
BINDING_VERSION: Final = "0.5.0"

Json = dict[str, Any]

DESCRIPTION: Final = (
    "What the ledger publishes and takes, as CloudEvents 1.0 in binary mode: attributes are headers `ce_<name>`, the "
    "value is the data. Readers pass over fields and headers they do not know; `ce_sequence` counts from 1 without "
    "gaps per topic and key. 账本发布与接收的事件：CloudEvents 1.0 二进制模式。"
)

KINDS: Final[dict[TopicKind, str]] = {
    "history": "Events of the published language, kept for ever. 公开事件，永久保存。",
    "inbound": "Commands of internal systems, in the broker's append time. 内部系统的命令，以 broker 写入时间为准。",
    "outcomes": "The answer to each command that came over a topic. 经主题到达的每条命令的答复。",
    "dead_letters": "Copies of what could not be used, for inspection. 无法使用的消息的副本，供查看。",
}

# CloudEvents attribute to what it says; the first ones are always there.
REQUIRED_ATTRIBUTES: Final = {
    "specversion": "1.0",
    "id": "Unique per source; a repetition has the same.",
    "source": "`/{service}/{tenant}`",
    "type": "The name and version of the event.",
    "time": "When it was recorded: RFC 3339, UTC, milliseconds.",
    "subject": "The key of the record: the contract, or the service or calendar of the catalogue.",
    "sequence": "Its number per topic and key, from 1, without gaps.",
    "tenant": "Whose it is.",
    "effectiveat": "When it took effect: RFC 3339, UTC, milliseconds.",
    "actor": "Who acted, as JSON.",
}
OPTIONAL_ATTRIBUTES: Final = {
    "correlationid": "The command that began it all.",
    "causationid": "What directly caused it.",
    "traceparent": "W3C Trace Context of the writer.",
}


# The same for the commands of internal systems.
COMMAND_ATTRIBUTES: Final = {
    "specversion": "1.0",
    "id": "The request; the same one is done once, and answered again as it was the first time.",
    "source": "Who asks, as a URI reference; `id` is unique within it.",
    "type": "The command and its version.",
    "tenant": "Whose contract it is.",
    "path": "The path parameters of the operation over HTTP, as a JSON object.",
    "signature": "Detached JWS (RFC 7515, appendix F) by a registered key; see docs/inbound.md.",
}
OPTIONAL_COMMAND_ATTRIBUTES: Final = {
    "expectedversion": "The version of the stream that the command was drawn on.",
    "time": "The sender's own time: information, never the measure of receipt (R-409).",
    "traceparent": "W3C Trace Context of the sender.",
}
ERROR_HEADERS: Final = {
    "topic": "The topic of the record.",
    "place": "Its partition and offset.",
    "group": "The service that could not use it.",
    "message": "Why.",
}
DEAD_LETTER: Final = "dead_letter"


def asyncapi_document() -> Json:
    """The document; equal structs, routes and topics give an equal document."""
    commands = {name: commands_of(name) for name in INBOUND_SERVICES}
    structs: dict[str, type[Struct]] = {name: PUBLIC_LANGUAGE.struct(name) for name in PUBLIC_LANGUAGE.names()}
    structs[CommandAnswered.TYPE] = CommandAnswered
    routes = {command_type(route): route for of_service in commands.values() for route in of_service}
    bodies = {name: route.body for name, route in routes.items()}
    payloads, schemas = msgspec.json.schema_components(
        [*structs.values(), *bodies.values()], ref_template="#/components/schemas/{name}"
    )
    payload = dict(zip((*structs, *bodies), payloads, strict=True))
    messages = {
        **{name: _event_message(name, struct, payload[name]) for name, struct in structs.items()},
        **{name: _command_message(name, route, payload[name]) for name, route in routes.items()},
        DEAD_LETTER: _dead_letter(),
    }
    messages_of = {inbound_topic(name): tuple(map(command_type, of_service)) for name, of_service in commands.items()}
    messages_of |= {OUTCOMES_TOPIC: (CommandAnswered.TYPE,), DEAD_LETTERS_TOPIC: (DEAD_LETTER,)}
    document = {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {"title": "契账 · Qizhang ledger", "version": API_VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {topic.name: _channel(topic, topic.events or messages_of[topic.name]) for topic in TOPICS},
        "operations": {topic.name: _operation(topic) for topic in TOPICS},
        "components": {
            "messages": messages,
            "schemas": {
                "CloudEventHeaders": _headers(REQUIRED_ATTRIBUTES, OPTIONAL_ATTRIBUTES),
                "CommandHeaders": _headers(COMMAND_ATTRIBUTES, OPTIONAL_COMMAND_ATTRIBUTES),
                **dict(sorted(schemas.items())),
            },
        },
    }
    # Only what JSON knows: defaults of structs may be tuples.
    plain: Json = portable(msgspec.json.decode(msgspec.json.encode(document)))
    return plain


def commands_of(service: str) -> list[CommandRoute]:
    """The commands that a service takes."""
    part = next(part for part in PARTS if part.name == service)
    return [route for route in part.routes if isinstance(route, CommandRoute)]


def _channel(topic: Topic, messages: tuple[str, ...]) -> Json:
    configuration = topic.configuration
    # The names the binding knows; `qizhang topics check` compares the rest.
    known = {
        "cleanup.policy": configuration["cleanup.policy"].split(","),
        **{name: int(configuration[name]) for name in ("retention.ms", "retention.bytes", "max.message.bytes")},
    }
    return {
        "address": topic.name,
        "description": KINDS[topic.kind],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": _kafka(topic=topic.name, partitions=topic.partitions, topicConfiguration=known),
    }


def _operation(topic: Topic) -> Json:
    """What the ledger does on a topic; each command is answered."""
    channel = {"$ref": f"#/channels/{topic.name}"}
    if topic.kind == "inbound":
        return {
            "action": "receive",
            "description": KINDS[topic.kind],
            "channel": channel,
            "reply": {"channel": {"$ref": f"#/channels/{OUTCOMES_TOPIC}"}},
        }
    return {"action": "send", "description": KINDS[topic.kind], "channel": channel}


def _event_message(name: str, struct: type[Struct], payload: Json) -> Json:
    return {
        "name": name,
        "title": struct.__name__,
        "summary": (struct.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "correlationId": {"location": _correlation(struct)},
        "headers": _of_type("CloudEventHeaders", name),
        "payload": payload,
        "bindings": _kafka(key={"type": "string", "description": REQUIRED_ATTRIBUTES["subject"]}),
    }


def _correlation(struct: type[Struct]) -> str:
    """What ties a message to what began it: an answer names the request, an event the command."""
    return "$message.payload#/request_id" if struct is CommandAnswered else "$message.header#/ce_correlationid"


def _command_message(name: str, route: CommandRoute, payload: Json) -> Json:
    return {
        "name": name,
        "title": route.summary_en,
        "summary": f"{route.summary_zh} (POST {route.path})",
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/ce_id"},
        "headers": _of_type("CommandHeaders", name),
        "payload": payload,
        "bindings": _kafka(key={"type": "string", "description": "The contract, so that its commands stay in order."}),
    }


def _dead_letter() -> Json:
    texts = {f"{ERRORS}{name}": text for name, text in ERROR_HEADERS.items()}
    return {
        "name": DEAD_LETTER,
        "title": "DeadLetter",
        "summary": "A record as it was found, with its own headers; empty where it was too large to be copied.",
        "headers": {
            "type": "object",
            "properties": {name: {"type": "string", "description": text} for name, text in texts.items()},
            "required": list(texts),
        },
        "payload": {},
    }


def _of_type(headers: str, name: str) -> Json:
    own_type = {"type": "object", "properties": {"ce_type": {"const": name}}}
    return {"type": "object", "allOf": [{"$ref": f"#/components/schemas/{headers}"}, own_type]}


def _headers(required: Mapping[str, str], optional: Mapping[str, str]) -> Json:
    texts = {f"ce_{name}": text for name, text in {**required, **optional}.items()}
    properties = {name: {"type": "string", "description": text} for name, text in texts.items()}
    properties["ce_specversion"] = {"type": "string", "const": "1.0"}
    properties["content-type"] = {"type": "string", "description": "application/json"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0, Kafka protocol binding, binary mode; values are UTF-8.",
        "properties": properties,
        "required": ["content-type", *(f"ce_{name}" for name in required)],
    }


def _kafka(**fields: Any) -> Json:
    return {"kafka": {**fields, "bindingVersion": BINDING_VERSION}}
