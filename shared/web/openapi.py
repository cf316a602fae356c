"""The OpenAPI 3.1 document, made from the routes and their structs alone, so that it cannot tell another story.

Made by hand because no generator speaks msgspec. `jsonSchemaDialect` is left out on purpose: the default is meant,
and viewers warn about any value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from typing import Any, Final

import msgspec

from shared.messages.schemas import portable
from shared.web.command_handler import CommandAnswer
from shared.web.headers import (
    AFTER_POSITION,
    IDEMPOTENCY_KEY,
    KEY_PATTERN,
    LEDGER_POSITION,
    POSITION_PARAMETER,
    POSITION_PATTERN,
    VERSION_TAG_PATTERN,
)
from shared.web.parameters import Parameter
from shared.web.paths import IDENTIFIER
from shared.web.problems import CONTENT_TYPE, Problem
from shared.web.routes import CommandRoute, ReadRoute, Route
from shared.web.schemas import PREFIX, for_clients

Json = dict[str, Any]

OPENAPI_VERSION: Final = "3.1.0"
API_VERSION: Final = "1"
_PARAMETER = re.compile(r"{(\w+)}")

DESCRIPTION: Final = """\
专业服务合同与验收的事件账本。命令须带 `Idempotency-Key`；重试用同一键且内容不变，得到同一结果。
`ETag`/`If-Match` 传递事件流版本。错误一律为 Problem Details（RFC 9457），含 `code`、`rule`、`field`、`trace_id`。

An event-sourced ledger of professional-service contracts and their acceptance. A command needs an
`Idempotency-Key`; a retry with the same key and the same content gets the same result. `ETag`/`If-Match` carry the
version of the stream. Errors are Problem Details (RFC 9457) with `code`, `rule`, `field` and `trace_id`.
"""

_PROBLEMS: Final = {
    "400": ("InvalidRequest", "请求格式不正确 · The request is malformed"),
    "401": ("Unauthenticated", "需要有效的访问令牌 · A valid token is required"),
    "403": ("Forbidden", "无权执行 · Not allowed"),
    "404": ("NotFound", "未找到 · Not found"),
    "408": ("BodyTooSlow", "请求体未在规定时间内送达 · The body did not arrive in time"),
    "409": (
        "Refused",
        "规则不允许，或已记录但不产生效力 · Refused by a rule, or recorded without effect",
    ),
    "412": ("VersionConflict", "版本不符 · Another version than `If-Match` names"),
    "413": ("BodyTooLarge", "请求体过大 · The body is too long"),
    "415": ("UnsupportedMediaType", "须为 JSON · Not JSON"),
    "422": ("IdempotencyKeyReused", "幂等键已用于其他内容 · The key was used for other content"),
    "429": ("TooManyRequests", "近期提交过多，稍后重试 · Too much was stored for you lately"),
    "500": ("Unexpected", "内部错误 · A defect of ours"),
    "503": (
        "Unavailable",
        "暂不可用；除 OUTCOME_NOT_KNOWN（未知）外均未被接收 · Unavailable; it was not received, but for OUTCOME_NOT_KNOWN (not known)",
    ),
}
_PASSING: Final = ("429", "503")
# What says which token is needed.
_CHALLENGE: Final = {"401": ("WWW-Authenticate",)}
_OF_COMMANDS: Final = tuple(_PROBLEMS)
_OF_READS: Final = ("400", "401", "403", "404", "500", "503")
# A question that comes as a body can be too slow, too long or no JSON, as a command can.
_OF_BODIES: Final = ("408", "413", "415")


def openapi_document(routes: Sequence[Route]) -> Json:
    """The document of these routes; equal routes give an equal document."""
    shapes = _shapes_of(routes)
    references, schemas = msgspec.json.schema_components(shapes, ref_template=PREFIX + "{name}")
    reference_of = dict(zip(shapes, references, strict=True))
    bodies = {route.body for route in routes if route.body}
    answers: list[type[msgspec.Struct]] = [
        Problem,
        CommandAnswer,
        *(route.response for route in routes if isinstance(route, ReadRoute)),
    ]
    schemas = for_clients(_plain(schemas), [reference_of[body] for body in bodies], answers)
    paths: dict[str, Json] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.operation_id)):
        if isinstance(route, CommandRoute):
            paths.setdefault(route.path, {})["post"] = _command(route, reference_of)
        else:
            paths.setdefault(route.path, {})["post" if route.body else "get"] = _read(route, reference_of)
    return _plain(
        {
            "openapi": OPENAPI_VERSION,
            "info": {"title": "契账 · Qizhang ledger", "version": API_VERSION, "description": DESCRIPTION},
            "servers": [{"url": "/", "description": "提供本文档的账本 · The ledger that serves this document"}],
            "security": [{"bearer": []}],
            "tags": [{"name": tag} for tag in sorted({route.tag for route in routes if route.tag})],
            "paths": paths,
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
                "parameters": _PARAMETERS,
                "headers": _HEADERS,
                "responses": {
                    name: _response(text, CONTENT_TYPE, reference_of[Problem]) | _headers_of(status)
                    for status, (name, text) in _PROBLEMS.items()
                },
                "schemas": dict(sorted(schemas.items())),
            },
        }
    )


def _plain(document: Json) -> Json:
    """Only what JSON knows, since defaults of structs may be tuples, and what every generator reads."""
    plain: Json = portable(msgspec.json.decode(msgspec.json.encode(document)))
    return plain


def _shapes_of(routes: Sequence[Route]) -> list[type[msgspec.Struct]]:
    declared = {route.body for route in routes if route.body}
    declared |= {route.response for route in routes if isinstance(route, ReadRoute)}
    ordered = sorted(declared, key=lambda shape: (shape.__module__, shape.__qualname__))
    return [Problem, CommandAnswer, *ordered]


def _command(route: CommandRoute, reference_of: dict[type[msgspec.Struct], Json]) -> Json:
    answer = _response("完成或此前已完成 · Done, now or before", "application/json", reference_of[CommandAnswer])
    headers = _references("headers", "ETag", LEDGER_POSITION)
    responses = {
        "200": answer | {"headers": headers},
        "202": answer
        | {
            "description": "已记录，待裁定 · Recorded as conditional, decided later",
            "headers": headers,
        },
    }
    if route.location:
        created = answer | {"description": "已创建 · Created"}
        responses["201"] = created | {"headers": headers | _references("headers", "Location")}
    return _operation(route, _OF_COMMANDS, responses, ("IdempotencyKey", "IfMatch"), {}) | {
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference_of[route.body]}}},
    }


def _read(route: ReadRoute, reference_of: dict[type[msgspec.Struct], Json]) -> Json:
    answer = _response("结果 · The answer", "application/json", reference_of[route.response])
    if route.version_of:
        answer |= {"headers": _references("headers", "ETag")}
    problems = (*_OF_READS, *_OF_BODIES) if route.body else _OF_READS
    operation = _operation(route, problems, {"200": answer}, ("LedgerPosition", "AfterPosition"), route.query)
    if route.body:
        content = {"application/json": {"schema": reference_of[route.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _operation(
    route: Route,
    problems: tuple[str, ...],
    responses: Json,
    shared_parameters: tuple[str, ...],
    query: Mapping[str, Parameter],
) -> Json:
    parameters = [_path_parameter(name) for name in _PARAMETER.findall(route.path)]
    parameters += [_query_parameter(name, about) for name, about in query.items()]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in shared_parameters]
    described: Json = {
        "operationId": route.operation_id,
        "summary": f"{route.summary_zh} · {route.summary_en}",
        "tags": [route.tag] if route.tag else [],
        "parameters": parameters,
        "responses": dict(
            sorted(
                {
                    **responses,
                    **{status: {"$ref": f"#/components/responses/{_PROBLEMS[status][0]}"} for status in problems},
                }.items()
            )
        ),
    }
    rules = route.rules if isinstance(route, CommandRoute) else ()
    meant = cleandoc((route.body if isinstance(route, CommandRoute) else route.read).__doc__ or "")
    said = [meant, "规则 · Rules: " + ", ".join(rules)] if rules else [meant]
    described["description"] = "\n\n".join(said)
    return described


def _path_parameter(name: str) -> Json:
    schema = {"type": "string", "pattern": IDENTIFIER.pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(name: str, about: Parameter) -> Json:
    described: Json = {"name": name, "in": "query", "description": f"{about.zh} · {about.en}"}
    return described | ({"required": True} if about.required else {}) | {"schema": about.schema()}


def _response(description: str, media_type: str, schema: Json) -> Json:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _headers_of(status: str) -> Json:
    passing = ("Retry-After",) if status in _PASSING else ()
    return {"headers": _references("headers", "Content-Language", *passing, *_CHALLENGE.get(status, ()))}


def _references(kind: str, *names: str) -> Json:
    return {name: {"$ref": f"#/components/{kind}/{name}"} for name in names}


_PARAMETERS: Final[Json] = {
    "IdempotencyKey": {
        "name": IDEMPOTENCY_KEY,
        "in": "header",
        "required": True,
        "description": "每次业务操作唯一，重试沿用 · Unique for each act, the same on a retry",
        "schema": {"type": "string", "minLength": 1, "maxLength": 130, "pattern": KEY_PATTERN},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": '事件流版本，如 W/"5"（可选） · Version of the stream, such as W/"5" (optional)',
        "schema": {"type": "string", "pattern": VERSION_TAG_PATTERN},
    },
    "LedgerPosition": {
        "name": LEDGER_POSITION,
        "in": "header",
        "description": "等待视图到达此位置（命令应答给出的值） · Wait until the views include this position",
        "schema": {"type": "string", "pattern": POSITION_PATTERN, "examples": ["contracts=q2ZJt0oZb3m1S4w9yX7cKQ"]},
    },
    "AfterPosition": _query_parameter(AFTER_POSITION, POSITION_PARAMETER),
}

_HEADERS: Final[Json] = {
    "ETag": {
        "description": "事件流版本 · Version of the stream",
        "schema": {"type": "string", "pattern": VERSION_TAG_PATTERN},
    },
    "Location": {
        "description": "所创建的资源 · What was made",
        "schema": {"type": "string", "pattern": r"^/[A-Za-z0-9._/-]+$"},
    },
    "Content-Language": {
        "description": "title 与 advice 的语言 · The language of `title` and `advice`",
        "schema": {"type": "string", "enum": ["zh", "en"]},
    },
    "WWW-Authenticate": {
        "description": "所需的令牌 · The token that is needed (RFC 6750)",
        "schema": {"type": "string", "pattern": "^Bearer .*$"},
    },
    "Retry-After": {
        "description": "等待秒数 · Seconds to wait",
        "schema": {"type": "string", "pattern": r"^[0-9]{1,9}$"},
    },
    LEDGER_POSITION: {
        "description": "本次写入在账本中的位置 · The position of what was written",
        "schema": {"type": "string", "pattern": POSITION_PATTERN, "examples": ["contracts=q2ZJt0oZb3m1S4w9yX7cKQ"]},
    },
}
