"""The kinds of errors that cross a boundary; `shared/web/problems.py` holds the one table that turns them into HTTP.

A refusal names a stable code and the rule it protects (R-421). Services subclass `Refused` in `domain/errors.py`,
one class a rule; the titles are what a user reads, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from msgspec import Struct


class Trouble(Struct, frozen=True):
    """Why something is not as it should be, in both languages, for who runs the ledger."""

    zh: str
    en: str


# So many names are told to who named one that there is not.
KNOWN_MAX = 50


def told(names: Iterable[str]) -> str:
    """The names that there are, for who named another one: sorted, the first KNOWN_MAX of them."""
    known = sorted(names)
    rest = len(known) - KNOWN_MAX
    return ", ".join(known[:KNOWN_MAX]) + (f", ... (+{rest})" if rest > 0 else "")


class LedgerError(Exception):
    """Base of everything the ledger says on purpose."""

    code: ClassVar[str] = "LEDGER_ERROR"
    rule: ClassVar[str] = ""
    title_en: ClassVar[str] = "The request could not be carried out"
    title_zh: ClassVar[str] = "请求未能执行"

    def __init__(self, detail: str = "", *, zh: str = "", field: str = "", **data: str | int) -> None:
        """`zh` says in Chinese what `detail` says in English; an id or a number needs none. `data` are more facts."""
        super().__init__(detail or self.title_en)
        self.detail = detail
        self.field = field
        self.data = {**data, "detail_zh": zh} if zh else data


class InvalidRequest(LedgerError):
    """Malformed input: unknown field, wrong type, over-long body, missing header (HTTP 400)."""

    code = "INVALID_REQUEST"
    title_en = "The request is malformed"
    title_zh = "请求格式不正确"


class ForeignCursor(InvalidRequest):
    """The cursor of another list, of another caller's, or of nobody's (HTTP 400)."""

    code = "CURSOR_UNKNOWN"
    title_en = "The cursor is not one that this list gave out"
    title_zh = "该游标不是由本列表给出的"


class Unauthenticated(LedgerError):
    """No valid token (HTTP 401); stores nothing."""

    code = "UNAUTHENTICATED"
    title_en = "A valid token is required"
    title_zh = "需要有效的访问令牌"


class Forbidden(LedgerError):
    """The caller may never do this: foreign organisation, other side, missing role (HTTP 403)."""

    code = "FORBIDDEN"
    rule = "R-424"
    title_en = "You are not allowed to do this"
    title_zh = "无权执行该操作"


class NotFound(LedgerError):
    """Nothing of that name is visible to the caller (HTTP 404)."""

    code = "NOT_FOUND"
    title_en = "Not found"
    title_zh = "未找到"


class Unseen(NotFound):
    """There is nothing of that name for this caller (HTTP 404): it does not exist, or is none of his business (R-424).

    One answer for both, so a stranger does not learn what exists; it stores nothing under a key.
    """

    code = "UNSEEN"
    rule = "R-424"


class Refused(LedgerError):
    """A business rule forbids the command (HTTP 409); appends no event."""

    code = "REFUSED"
    title_en = "A rule of the contract forbids this"
    title_zh = "合同规则不允许该操作"


class VersionConflict(LedgerError):
    """`If-Match` named another version (HTTP 412), or a writer lost a race more often than allowed (HTTP 409)."""

    code = "VERSION_CONFLICT"
    rule = "R-420"
    title_en = "The resource has changed since you read it"
    title_zh = "资源已被更新，请重新读取后再提交"


class IdempotencyKeyReused(LedgerError):
    """The same idempotency key came with other content (HTTP 422)."""

    code = "IDEMPOTENCY_KEY_REUSED"
    rule = "R-420"
    title_en = "This idempotency key was used for another request"
    title_zh = "该幂等键已用于内容不同的请求"


class RequestTooOld(LedgerError):
    """A request waited longer than a request may live (HTTP 503): it was not received, repeat it."""

    code = "REQUEST_TOO_OLD"
    rule = "R-401"
    title_en = "The request waited too long and was not received; send it again with the same key"
    title_zh = "请求等待超时，未被接收；请使用相同幂等键重新发送"


class StoreUnavailable(LedgerError):
    """The store cannot be reached (HTTP 503): what was answered so was not received, but for `OutcomeNotKnown`."""

    code = "STORE_UNAVAILABLE"
    title_en = "The ledger cannot be written at the moment; send the request again with the same key"
    title_zh = "账本暂不可写入；请使用相同幂等键重新发送"


class NotArrivedYet(LedgerError):
    """What the act is about is unknown here so far (HTTP 503): nothing is stored, the same key is decided later.

    An answer that passes: what another service recorded may still be on its way, so lag never decides. A service
    cannot tell "never existed" from "has not arrived", and a stranger gets the same answer (R-424).
    """

    code = "NOT_ARRIVED"
    rule = "R-424"
    title_en = "Unknown here so far; if you have just recorded it, send the request again with the same key"
    title_zh = "此处尚未收到相关记录；如刚刚登记，请使用相同幂等键重新发送"


class ClockUntrusted(StoreUnavailable):
    """This machine's clock is not believed (HTTP 503): what was answered so was neither stamped nor received."""

    code = "CLOCK_UNTRUSTED"
    rule = "R-409"
    title_en = "The ledger's clock is being checked; send the request again with the same key"
    title_zh = "账本时钟正在核对；请使用相同幂等键重新发送"


class OutcomeNotKnown(StoreUnavailable):
    """The store was lost while it committed (HTTP 503): the request may have been received, its key will tell.

    A kind of `StoreUnavailable` because whoever repeats after the one repeats after the other; what a caller reads
    differs.
    """

    code = "OUTCOME_NOT_KNOWN"
    rule = "R-420"
    title_en = "It is not known whether the request was received; send it again with the same key to find out"
    title_zh = "暂不能确认请求是否已被接收；请使用相同幂等键重新发送，以确认结果"


class LogWentBack(StoreUnavailable):
    """The log does not have the newest event that this process saw (HTTP 503): nothing is built on it any more.

    The database came back without its newest commits; the process has to start again from what the log has now.
    """

    code = "LOG_WENT_BACK"
    title_en = "The database has lost its newest records; the ledger starts again from what it has"
    title_zh = "数据库丢失了最近的记录；账本将从现有记录重新启动"


class ViewBroken(LedgerError):
    """A document of a read model could not be folded (HTTP 503): what was recorded is whole, its picture is not."""

    code = "VIEW_BROKEN"
    title_en = "This view is broken and has to be rebuilt; what was recorded is not affected"
    title_zh = "该视图数据异常，须重新生成；已登记的内容不受影响"


class Unintelligible(LedgerError):
    """A stored or received event whose type or shape this build does not know: stop, never guess (R-460)."""

    code = "UNINTELLIGIBLE_EVENT"
    rule = "R-460"
    title_en = "An event of an unknown type or shape was met"
    title_zh = "遇到无法识别的事件类型"


class LogUnintelligible(Unintelligible):
    """A newer build has written to the log that this one follows: the process has to stop and be upgraded (R-460)."""

    code = "LOG_UNINTELLIGIBLE"
    title_en = "The log holds an event that this build does not know"
    title_zh = "账本中有当前版本程序无法识别的事件"
