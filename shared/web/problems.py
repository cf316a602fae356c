"""Errors out: the one table from kinds of errors to HTTP, and the Problem Details (RFC 9457) that a caller reads.

A service's own refusals need no row here: a class without a row takes the row of its nearest base.
"""

from __future__ import annotations

from typing import Final, Literal

from aiohttp import web
from msgspec import Struct

from shared.kernel.errors import (
    Forbidden,
    IdempotencyKeyReused,
    InvalidRequest,
    LedgerError,
    LogUnintelligible,
    NotArrivedYet,
    NotFound,
    OutcomeNotKnown,
    Refused,
    RequestTooOld,
    StoreUnavailable,
    Unauthenticated,
    VersionConflict,
    ViewBroken,
)
from shared.telemetry.spans import current_trace_id
from shared.web import errors
from shared.web.answers import json_answer

Language = Literal["zh", "en"]

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:qizhang:problem:"
RETRY_AFTER_S: Final = 1


class Kind(Struct, frozen=True):
    """How an error is answered: the status, and what the caller can do about it."""

    status: int
    advice_zh: str
    advice_en: str


TABLE: Final[dict[type[LedgerError], Kind]] = {
    InvalidRequest: Kind(
        400, "请更正 field 所指内容后重新提交。", "Correct what `field` points at and send the request again."
    ),
    errors.MissingIdempotencyKey: Kind(
        400,
        "请在 Idempotency-Key 请求头中填写每次业务操作唯一的标识；重试时沿用同一标识。",
        "Send an Idempotency-Key header that is unique for each act, and the same one on a retry.",
    ),
    Unauthenticated: Kind(
        401, "请携带有效的访问令牌（Authorization: Bearer ...）。", "Send a valid token as Authorization: Bearer ..."
    ),
    Forbidden: Kind(
        403,
        "请由有权限的人员或组织提交。",
        "Have it done by a person or an organisation that is entitled to it.",
    ),
    NotFound: Kind(
        404,
        "请核对标识；合同仅对其参与方可见。",
        "Check the identifier; a contract is seen by its parties only.",
    ),
    errors.NoSuchPath: Kind(404, "请查阅 /docs 中的接口目录。", "See the list of operations at /docs."),
    errors.MethodNotAllowed: Kind(405, "请使用 Allow 响应头列出的方法。", "Use a method that the Allow header lists."),
    Refused: Kind(
        409,
        "请查看 rule 所列规则和合同当前状态。",
        "Look at the rule and at the present state of the contract.",
    ),
    errors.EndedAgainst: Kind(
        409,
        "通知已留存备查；请依 rule 所列规则另行处理。",
        "It is kept on record; take another way that the rule allows.",
    ),
    VersionConflict: Kind(
        409, "请重新读取后再提交。", "Read the resource again, then decide whether to repeat the request."
    ),
    errors.BodyTooSlow: Kind(408, "请使用同一幂等键重试。", "Send it again with the same key."),
    errors.BodyTooLarge: Kind(
        413,
        "账本只保存文件的哈希和位置，请勿提交文件内容。",
        "The ledger keeps hashes and locations of files; do not send the files themselves.",
    ),
    errors.UnsupportedMediaType: Kind(
        415, "请使用 Content-Type: application/json 且不要压缩。", "Send Content-Type: application/json, uncompressed."
    ),
    IdempotencyKeyReused: Kind(
        422,
        "新的操作请使用新的幂等键；重试时内容须完全一致。",
        "Use a new key for a new act; a retry must have the very same content.",
    ),
    errors.TooManyRequests: Kind(
        429,
        "请按 Retry-After 所示时间等待后，使用同一幂等键重试。",
        "Wait as long as Retry-After says, then send it again with the same key.",
    ),
    RequestTooOld: Kind(503, "请使用同一幂等键重试。", "Send it again with the same key."),
    StoreUnavailable: Kind(503, "请稍后使用同一幂等键重试。", "Send it again later with the same key."),
    NotArrivedYet: Kind(
        503,
        "请核对标识，稍后使用同一幂等键重试；未作任何记录。",
        "Check the identifier and send it again later with the same key; nothing was stored.",
    ),
    OutcomeNotKnown: Kind(
        503,
        "请求可能已被接收，请勿更换幂等键；稍后使用同一幂等键重新发送，即可得知结果。",
        "It may have been received: do not take another key; send it again later with the same one to learn what became"
        " of it.",
    ),
    LogUnintelligible: Kind(
        503, "账本正在升级，请使用同一幂等键重试。", "The ledger is being upgraded; send it again with the same key."
    ),
    ViewBroken: Kind(
        503,
        "请将 trace_id 提供给运维人员；合同的办理不受影响。",
        "Give the trace_id to the operators; acts on the contract are taken as before.",
    ),
    errors.ViewBehind: Kind(503, "请稍后重新读取。", "Read again in a moment."),
    errors.NotReady: Kind(503, "请稍后重试。", "Try again later."),
    # A defect of ours, and whatever else the ledger says without a row of its own.
    LedgerError: Kind(
        500,
        "请将 trace_id 提供给运维人员；可使用同一幂等键重试。",
        "Give the trace_id to the operators; it is safe to send the request again with the same key.",
    ),
}


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Problem Details (RFC 9457) with the ledger's members.

    `title` and `advice` are in the language of Accept-Language. `code` is stable; `rule` names the rule book;
    `field` is a JSON pointer into the body, or the name of a header or parameter. `events` recorded a communication
    that has no effect.
    """

    type: str
    title: str
    status: int
    code: str
    rule: str = ""
    field: str = ""
    detail: str = ""
    advice: str
    title_zh: str
    title_en: str
    advice_zh: str
    advice_en: str
    data: dict[str, str | int] = {}
    events: tuple[str, ...] = ()
    trace_id: str


def kind_of(error: LedgerError) -> Kind:
    """The row of the table for the error's class or its nearest base."""
    return next(TABLE[base] for base in type(error).__mro__ if base in TABLE)


def problem_of(error: LedgerError, *, status: int, language: Language) -> Problem:
    """What the caller reads about an error."""
    kind = kind_of(error)
    code, rule = error.code, error.rule
    events: tuple[str, ...] = ()
    if isinstance(error, errors.EndedAgainst):
        outcome = error.result.outcome
        code, rule, events = outcome.code or code, outcome.rule or rule, error.result.event_ids
    return Problem(
        type=TYPE_PREFIX + code.lower().replace("_", "-"),
        title=error.title_zh if language == "zh" else error.title_en,
        status=status,
        code=code,
        rule=rule,
        field=error.field,
        detail=error.detail,
        advice=kind.advice_zh if language == "zh" else kind.advice_en,
        title_zh=error.title_zh,
        title_en=error.title_en,
        advice_zh=kind.advice_zh,
        advice_en=kind.advice_en,
        data=error.data,
        events=events,
        trace_id=current_trace_id(),
    )


def problem_response(request: web.Request, error: LedgerError) -> web.Response:
    """The answer to a request that ended in an error."""
    status = kind_of(error).status
    if isinstance(error, VersionConflict) and "If-Match" in request.headers:
        status = 412
    language = preferred_language(request.headers.get("Accept-Language", ""))
    problem = problem_of(error, status=status, language=language)
    headers = {"Content-Language": language, **_headers_of(status, request, error)}
    return json_answer(problem, status=status, headers=headers, content_type=CONTENT_TYPE)


def _headers_of(status: int, request: web.Request, error: LedgerError) -> dict[str, str]:
    if isinstance(error, errors.TooManyRequests):
        return {"Retry-After": str(error.retry_after_s)}
    if status == 401:
        # RFC 6750: an error is named only when a token was presented.
        reason = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return {"WWW-Authenticate": f'Bearer realm="qizhang"{reason}'}
    return {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}


def preferred_language(accept_language: str) -> Language:
    """Chinese or English, by the weights of Accept-Language (RFC 9110, 12.5.4); Chinese when it prefers neither."""
    weights: dict[str, float] = {}
    for choice in accept_language.split(","):
        tag, _, parameter = choice.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        weights[primary] = max(weights.get(primary, 0.0), _weight(parameter))
    return "en" if weights.get("en", 0.0) > weights.get("zh", 0.0) else "zh"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
