"""CloudEvents 1.0 as a record carries them: headers and a value in, attributes and data out, and back.

Binary mode is written; binary and structured mode are read (CloudEvents Kafka protocol binding 1.0, sections 3.2 and
3.3). What is malformed raises an error of its own name, never a guess.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from shared.kernel.errors import InvalidRequest
from shared.messages.strict_json import NotStrict, strict_json

SPEC_VERSION: Final = "1.0"
PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents"
REQUIRED: Final = ("id", "source", "type", "specversion")

DATA_BYTES_MAX_DEFAULT: Final = 1_000_000

Header = tuple[str, bytes]

_FIXED_HEADERS: Final = ((CONTENT_TYPE, JSON.encode()), (PREFIX + "specversion", SPEC_VERSION.encode()))
# The attributes that the ledger writes: a record of its own has few others, and these need no look.
_FAMILIAR: Final = frozenset(
    (
        *REQUIRED,
        "time",
        "subject",
        "sequence",
        "tenant",
        "effectiveat",
        "actor",
        "correlationid",
        "causationid",
        "traceparent",
    )
)
_FAMILIAR_HEADERS: Final = {PREFIX + name: name for name in _FAMILIAR} | {CONTENT_TYPE: CONTENT_TYPE}
_NAME: Final = re.compile(r"[a-z0-9]{1,64}")
# CloudEvents 1.0, section 3.1.1: a string holds no control characters and no surrogates.
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_JSON_TYPE: Final = re.compile(r"(application/json|[\w.+-]+/[\w.-]+\+json)\s*(;.*)?", re.IGNORECASE)
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class MalformedCloudEvent(InvalidRequest):
    """A record that is no CloudEvent of version 1.0; `field` names the attribute."""

    code = "MALFORMED_CLOUD_EVENT"
    title_en = "The record is not a well-formed CloudEvent"
    title_zh = "消息不是格式正确的 CloudEvent"


class AttributeTwice(MalformedCloudEvent):
    """An attribute came in two headers."""

    code = "CLOUD_EVENT_ATTRIBUTE_TWICE"
    title_en = "An attribute appears twice"
    title_zh = "同一属性出现两次"


class AttributeMissing(MalformedCloudEvent):
    """A required attribute did not come."""

    code = "CLOUD_EVENT_ATTRIBUTE_MISSING"
    title_en = "A required attribute is missing"
    title_zh = "缺少必需的属性"


class AttributeInvalid(MalformedCloudEvent):
    """An attribute has a name or a value that it must not have."""

    code = "CLOUD_EVENT_ATTRIBUTE_INVALID"
    title_en = "An attribute is not valid"
    title_zh = "属性无效"


class UnknownSpecVersion(MalformedCloudEvent):
    """Another version of the specification."""

    code = "CLOUD_EVENT_SPEC_VERSION"
    title_en = "Only version 1.0 of CloudEvents is understood"
    title_zh = "仅支持 CloudEvents 1.0"


class UnsupportedContent(MalformedCloudEvent):
    """Data that is not JSON, a batch, or a structured form other than JSON."""

    code = "CLOUD_EVENT_CONTENT_TYPE"
    title_en = "Only JSON is understood"
    title_zh = "仅支持 JSON 内容"


class Tombstone(MalformedCloudEvent):
    """A record without a value."""

    code = "CLOUD_EVENT_TOMBSTONE"
    title_en = "The record has no value"
    title_zh = "消息没有内容"


class DataTooLarge(MalformedCloudEvent):
    """More data than is taken."""

    code = "CLOUD_EVENT_TOO_LARGE"
    title_en = "The record is too large"
    title_zh = "消息超过大小上限"


class CloudEvent(Struct, frozen=True, kw_only=True):
    """Attributes by name (`specversion` and extensions among them) as text, and data as the bytes that came."""

    attributes: Mapping[str, str]
    data: bytes


def binary_headers(attributes: Iterable[tuple[str, str]]) -> list[Header]:
    """The headers of a record in binary mode with JSON data; `specversion` is added."""
    return [*_FIXED_HEADERS, *[(PREFIX + name, value.encode()) for name, value in attributes]]


def read(headers: Sequence[Header], value: bytes | None, data_bytes_max: int = DATA_BYTES_MAX_DEFAULT) -> CloudEvent:
    """The event of a record in either mode; raises MalformedCloudEvent."""
    if value is None:
        raise Tombstone
    if len(value) > data_bytes_max:
        raise DataTooLarge(f"{len(value)} bytes, at most {data_bytes_max} are taken")
    texts = _texts(headers)
    content_type = texts.pop(CONTENT_TYPE, "")
    if content_type.lower().startswith(STRUCTURED):
        event = _structured(content_type, value)
    else:
        _expect_json(content_type)
        event = CloudEvent(attributes=texts, data=value)
    _check(event.attributes)
    return event


def _texts(headers: Sequence[Header]) -> dict[str, str]:
    """The attributes among the headers, and the content type; other headers are somebody else's."""
    texts: dict[str, str] = {}
    for header, value in headers:
        name = _FAMILIAR_HEADERS.get(header) or _name_of(header)
        if name is None:
            continue
        if name in texts:
            raise AttributeTwice(f"the header {header.lower()} came twice", field=name)
        try:
            texts[name] = value.decode()
        except (UnicodeDecodeError, AttributeError):
            raise AttributeInvalid(f"the header {header.lower()} is not UTF-8", field=name) from None
    return texts


def _name_of(header: str) -> str | None:
    """The attribute that a header carries; None for somebody else's header."""
    header = header.lower()
    return header.removeprefix(PREFIX) if header.startswith(PREFIX) or header == CONTENT_TYPE else None


def _structured(content_type: str, value: bytes) -> CloudEvent:
    if not content_type.lower().startswith(STRUCTURED + "+json"):
        raise UnsupportedContent(f"{content_type} is not understood: send application/cloudevents+json")
    try:
        checked = strict_json(value)
    except NotStrict as error:
        raise MalformedCloudEvent(str(error), field=error.field) from None
    if not isinstance(checked, dict):
        raise MalformedCloudEvent("the value is no JSON object")
    members = _MEMBERS.decode(value)
    data = _data(checked, members)
    attributes = dict(_attributes(checked))
    _expect_json(attributes.pop("datacontenttype", ""))
    return CloudEvent(attributes=attributes, data=data)


def _data(checked: Mapping[str, Any], members: Mapping[str, msgspec.Raw]) -> bytes:
    match checked:
        case {"data": _, "data_base64": _}:
            raise AttributeTwice("the data came twice", field="data")
        case {"data": _}:
            return bytes(members["data"])
        case {"data_base64": str(text)}:
            try:
                return base64.b64decode(text, validate=True)
            except binascii.Error:
                raise AttributeInvalid("data_base64 is not Base64", field="data_base64") from None
    raise AttributeMissing("there is no data", field="data")


def _attributes(checked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in checked.items():
        match value:
            case None:
                continue
            case _ if name in ("data", "data_base64"):
                continue
            case bool():
                yield name, "true" if value else "false"
            case str():
                yield name, value
            case _:
                raise AttributeInvalid("an attribute is a text, a number or a truth value", field=name)


def _expect_json(content_type: str) -> None:
    if content_type and not _JSON_TYPE.fullmatch(content_type):
        raise UnsupportedContent(f"{content_type} is not understood: send {JSON}")


def _check(attributes: Mapping[str, str]) -> None:
    for name in attributes:
        if name not in _FAMILIAR and not _NAME.fullmatch(name):
            raise AttributeInvalid("the name of an attribute is lower-case letters and digits", field=name[:64])
    if _CONTROL.search("".join(attributes.values())):
        field = next(name for name, value in attributes.items() if _CONTROL.search(value))
        raise AttributeInvalid("the value holds a control character", field=field)
    for name in REQUIRED:
        if not attributes.get(name):
            raise AttributeMissing(f"{name} is required", field=name)
    if attributes["specversion"] != SPEC_VERSION:
        raise UnknownSpecVersion(f"specversion is {attributes['specversion']!r}", field="specversion")
