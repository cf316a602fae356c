"""Reads a request's JSON body: bounded, strict, into the struct that the route declares; errors point at the field."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from shared.kernel.admission import admit, pointer_step
from shared.kernel.errors import InvalidRequest
from shared.messages.refusals import Refusal, taken_apart
from shared.messages.strict_json import NotStrict, strict_json
from shared.web.errors import BodyTooSlow, UnsupportedMediaType

Body = TypeVar("Body", bound=Struct)

JSON: Final = "application/json"
UTF_8: Final = ("utf-8", "utf8")
BODY_TIMEOUT_S: Final = 30.0
# What the decoder says of a body is English; `field` says where it is.
NOT_JSON_ZH: Final = "该处不是严格的 JSON，或不同读取方可能有不同理解"
NOT_THE_SHAPE_ZH: Final = "该处的类型、取值或成员与接口文档不符"


def check_media_type(request: web.Request) -> None:
    """Raise UnsupportedMediaType unless the body is announced as plain JSON in UTF-8.

    The header is read here and not by `request.content_type`, which takes it for a header of a mail: that is quadratic
    in its length, and deep brackets are a RecursionError.
    """
    types = request.headers.getall(hdrs.CONTENT_TYPE, [])
    if len(types) != 1 or not is_json_in_utf8(types[0]):
        raise UnsupportedMediaType(field=hdrs.CONTENT_TYPE)
    if any(coding.lower() != "identity" for coding in request.headers.getall(hdrs.CONTENT_ENCODING, [])):
        raise UnsupportedMediaType(field=hdrs.CONTENT_ENCODING)


def is_json_in_utf8(content_type: str) -> bool:
    """Whether a Content-Type says `application/json` and no charset but UTF-8; other parameters mean nothing here."""
    media_type, *parameters = content_type.split(";")
    if media_type.strip().lower() != JSON:
        return False
    named = [parameter.partition("=") for parameter in parameters]
    charsets = [value for name, _, value in named if name.strip().lower().partition("*")[0] == "charset"]
    return all(value.strip().strip('"').lower() in UTF_8 for value in charsets)


async def read_body(request: web.Request) -> bytes:
    """The whole body; the application's limit of size applies.

    Raises InvalidRequest for a body that breaks off or is not framed as HTTP says, BodyTooSlow for one that does not
    arrive within BODY_TIMEOUT_S.
    """
    try:
        if request.content.is_eof():
            # It came together with the headers, as most do.
            return await request.read()
        async with asyncio.timeout(BODY_TIMEOUT_S):
            return await request.read()
    except TimeoutError:
        raise BodyTooSlow(f"at most {BODY_TIMEOUT_S:.0f} s", zh=f"最长 {BODY_TIMEOUT_S:.0f} 秒") from None
    except (web.PayloadAccessError, HttpProcessingError) as error:
        raise InvalidRequest(f"the body could not be read: {type(error).__name__}", zh="请求体读取失败") from None


def decode_body(data: bytes, shape: msgspec.json.Decoder[Body]) -> tuple[Body, Any]:
    """The body as its struct, and as plain JSON for the fingerprint; raises InvalidRequest with the field.

    Every body of every road comes through here, so here outside values become the ledger's (`admit`).
    """
    try:
        plain = strict_json(data)
        body = shape.decode(data)
    except NotStrict as error:
        raise InvalidRequest(str(error), zh=NOT_JSON_ZH, field=error.field) from None
    except msgspec.MsgspecError as error:
        refusal = taken_apart(str(error))
        raise InvalidRequest(refusal.text, zh=NOT_THE_SHAPE_ZH, field=pointer_of(refusal)) from None
    admit(body, shape.type)
    return body, plain


def pointer_of(refusal: Refusal) -> str:
    """The JSON pointer (RFC 6901) of the member that a refusal is about; empty for the whole body."""
    steps = (*refusal.steps, refusal.member) if refusal.member else refusal.steps
    return "".join("/" + pointer_step(step) for step in steps)
