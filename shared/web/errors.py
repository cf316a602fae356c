"""Errors of the HTTP edge itself, beside those of `shared/kernel/errors.py`; `problems.py` gives each its status."""

from __future__ import annotations

from shared.commands.decision import Result
from shared.kernel.errors import InvalidRequest, LedgerError, NotFound


class BodyTooLarge(InvalidRequest):
    """The body is longer than a request may be (HTTP 413)."""

    code = "BODY_TOO_LARGE"
    title_en = "The body is too long"
    title_zh = "请求体过大"


class BodyTooSlow(InvalidRequest):
    """The body did not arrive in time (HTTP 408)."""

    code = "BODY_TOO_SLOW"
    title_en = "The body did not arrive in time"
    title_zh = "请求体未在规定时间内送达"


class UnsupportedMediaType(InvalidRequest):
    """The body is not JSON in UTF-8, or is compressed (HTTP 415)."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    title_en = "The body must be JSON in UTF-8"
    title_zh = "请求体必须为 UTF-8 编码的 JSON"


class MissingIdempotencyKey(InvalidRequest):
    """A command came without the key that makes it repeatable (HTTP 400)."""

    code = "IDEMPOTENCY_KEY_MISSING"
    rule = "R-420"
    title_en = "A command needs an idempotency key"
    title_zh = "命令请求缺少幂等键"


class NoSuchPath(NotFound):
    """The ledger has no resource at this path (HTTP 404)."""

    code = "NO_SUCH_PATH"
    title_en = "There is nothing at this path"
    title_zh = "该路径不存在"


class MethodNotAllowed(LedgerError):
    """The resource has no such method (HTTP 405)."""

    code = "METHOD_NOT_ALLOWED"
    title_en = "This method is not allowed here"
    title_zh = "该路径不支持此方法"


class TooManyRequests(LedgerError):
    """The caller has had more stored than he may (HTTP 429): nothing is stored; the same key later."""

    code = "TOO_MANY_REQUESTS"
    title_en = "Too much was stored for you lately; send the request again later with the same key"
    title_zh = "近期提交过多，请稍后使用相同幂等键重新发送"

    def __init__(self, detail: str, *, retry_after_s: int, **data: str) -> None:
        super().__init__(detail, retry_after_s=retry_after_s, **data)
        self.retry_after_s = retry_after_s


class ViewBehind(LedgerError):
    """The views have not reached the position that the caller asked for within the time allowed (HTTP 503)."""

    code = "VIEW_BEHIND"
    title_en = "The view has not caught up with your last change yet"
    title_zh = "视图尚未更新到您的最近一次变更"


class NotReady(LedgerError):
    """The process cannot serve at the moment (HTTP 503)."""

    code = "NOT_READY"
    title_en = "The ledger is not ready"
    title_zh = "账本服务尚未就绪"


class NotAlive(NotReady):
    """A background loop hangs, and only a new process can help (HTTP 503)."""

    code = "NOT_ALIVE"
    title_en = "The ledger has to be started anew"
    title_zh = "账本服务需要重新启动"


class Unexpected(LedgerError):
    """A defect of ours (HTTP 500): the text is fixed, what happened stands in the log under the trace id."""

    code = "UNEXPECTED"
    title_en = "Something went wrong on our side"
    title_zh = "服务内部错误"


class EndedAgainst(LedgerError):
    """A result that the caller is told as an error: its outcome names code and rule, its events recorded it."""

    def __init__(self, result: Result) -> None:
        outcome = result.outcome
        super().__init__(outcome.detail, field=outcome.field)
        self.data = outcome.data
        self.result = result


class WithoutEffect(EndedAgainst):
    """A communication was recorded but does not count (HTTP 409, R-426)."""

    code = "WITHOUT_EFFECT"
    rule = "R-426"
    title_en = "The communication was recorded, but it has no effect"
    title_zh = "该通知已记录，但不产生效力"


class RefusedOnRelease(EndedAgainst):
    """An act that was recorded as conditional was refused when it was decided (HTTP 409, R-401)."""

    code = "REFUSED"
    rule = "R-401"
    title_en = "The act was recorded as conditional and then refused"
    title_zh = "该操作已记录待裁定，裁定结果为不予接受"
