"""The topics as an AsyncAPI 3 document, out of their definition and the structs of the published language.

A message is one event type with one schema, never a union: a reader takes `ce_type` and has the shape. The commands of
the inbound topics, their outcomes and the dead letters are not events of the language; their channels have no messages.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from shared.kafka.topics import TOPICS, Topic, TopicKind
from shared.public_events.envelope import PublicEvent
from shared.public_events.language import PUBLIC_LANGUAGE
from shared.web.openapi import API_VERSION

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


def asyncapi_document() -> Json:
    """The document; equal structs and topics give an equal document."""
    names = PUBLIC_LANGUAGE.names()
    structs = [PUBLIC_LANGUAGE.struct(name) for name in names]
    payloads, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    messages = {name: _message(name, *shape) for name, *shape in zip(names, structs, payloads, strict=True)}
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
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {topic.name: _operation(topic) for topic in TOPICS},
        "components": {
            "messages": messages,
            "schemas": {"CloudEventHeaders": _headers(), **dict(sorted(schemas.items()))},
        },
    }
    # Only what JSON knows: defaults of structs may be tuples.
    return msgspec.json.decode(msgspec.json.encode(document), type=Json)


def _channel(topic: Topic) -> Json:
    channel: Json = {"address": topic.name, "description": KINDS[topic.kind]}
    if topic.events:
        channel["messages"] = {name: {"$ref": f"#/components/messages/{name}"} for name in topic.events}
    configuration = topic.configuration
    # The names the binding knows; `qizhang topics check` compares the rest.
    known = {
        "cleanup.policy": configuration["cleanup.policy"].split(","),
        **{name: int(configuration[name]) for name in ("retention.ms", "retention.bytes", "max.message.bytes")},
    }
    channel["bindings"] = _kafka(topic=topic.name, partitions=topic.partitions, topicConfiguration=known)
    return channel


def _operation(topic: Topic) -> Json:
    """What the ledger does on a topic."""
    action = "receive" if topic.kind == "inbound" else "send"
    return {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}


def _message(name: str, struct: type[PublicEvent], payload: Json) -> Json:
    own_type = {"type": "object", "properties": {"ce_type": {"const": name}}}
    return {
        "name": name,
        "title": struct.__name__,
        "summary": (struct.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, own_type]},
        "payload": payload,
        "bindings": _kafka(key={"type": "string", "description": REQUIRED_ATTRIBUTES["subject"]}),
    }


def _headers() -> Json:
    texts = {f"ce_{name}": text for name, text in (REQUIRED_ATTRIBUTES | OPTIONAL_ATTRIBUTES).items()}
    properties = {name: {"type": "string", "description": text} for name, text in texts.items()}
    properties["ce_specversion"] = {"type": "string", "const": "1.0"}
    properties["content-type"] = {"type": "string", "description": "application/json"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0, Kafka protocol binding, binary mode; values are UTF-8.",
        "properties": properties,
        "required": ["content-type", *(f"ce_{name}" for name in REQUIRED_ATTRIBUTES)],
    }


def _kafka(**fields: Any) -> Json:
    return {"kafka": {**fields, "bindingVersion": BINDING_VERSION}}
