"""Why a record of an inbound topic does not become a command; what is no CloudEvent at all has its own names."""

from __future__ import annotations

from shared.kernel.errors import InvalidRequest, LedgerError, Unauthenticated


class NoAppendTime(InvalidRequest):
    """The broker did not stamp the record, so nobody can say when it was received."""

    code = "NO_APPEND_TIME"
    rule = "R-409"
    title_en = "The record carries no append time of the broker"
    title_zh = "消息没有代理写入时间"


class UnknownCommandType(InvalidRequest):
    """No command of this service has that CloudEvents type."""

    code = "UNKNOWN_COMMAND_TYPE"
    title_en = "The service has no command of this type"
    title_zh = "该服务没有此类型的命令"


class UnknownTenant(Unauthenticated):
    """No key is registered for the tenant that the event names."""

    code = "UNKNOWN_TENANT"
    title_en = "No sender is registered for this tenant"
    title_zh = "该租户没有已登记的发送方"


class SignatureMissing(Unauthenticated):
    """The event carries no signature."""

    code = "SIGNATURE_MISSING"
    title_en = "The event is not signed"
    title_zh = "消息没有签名"


class SignatureInvalid(Unauthenticated):
    """The signature is malformed, is by no key registered for the tenant, or covers something else."""

    code = "SIGNATURE_INVALID"
    title_en = "The signature does not hold"
    title_zh = "签名无效"


class KeyNotValid(Unauthenticated):
    """The key was not valid yet, or had been revoked, when the broker took the record in (R-427)."""

    code = "KEY_NOT_VALID"
    rule = "R-427"
    title_en = "The key was not valid when the record was received"
    title_zh = "收到消息时签名密钥无效"


class NotDecided(LedgerError):
    """A defect of ours: nothing was recorded, so the message counts as not received."""

    code = "NOT_DECIDED"
    title_en = "Something went wrong on our side and nothing was recorded; send it again under the same id"
    title_zh = "服务内部错误，未作任何记录；请使用相同 id 重新发送"
