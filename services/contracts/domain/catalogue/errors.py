"""The refusals of what a contract rests on: not published, not there yet, not carried out by the ledger."""

from __future__ import annotations

from shared.kernel.errors import NotArrivedYet, Refused


class ServiceNotPublished(Refused):
    """A contract pins a published revision of a catalogue service (R-014, R-020)."""

    code = "SERVICE_NOT_PUBLISHED"
    rule = "R-020"
    title_en = "The catalogue has no such published revision of the service"
    title_zh = "目录中没有该服务的已发布版本"


class ServiceNotArrived(NotArrivedYet):
    """The revision is unknown here; what the catalogue has published may still be on its way (R-014, R-020)."""

    code = "SERVICE_NOT_ARRIVED"
    rule = "R-020"
    title_en = "No such published revision of the service is known here so far"
    title_zh = "此处尚未收到该服务的已发布版本"


class CalendarNotArrived(NotArrivedYet):
    """Deadlines need a published working calendar, and it may still be on its way (R-402)."""

    code = "CALENDAR_NOT_ARRIVED"
    rule = "R-402"
    title_en = "The working calendar is not known here so far"
    title_zh = "此处尚未收到该工作日历"


class NotCarriedOut(Refused):
    """The chosen editions need something that the ledger does not carry out yet (R-335, R-336)."""

    code = "NOT_CARRIED_OUT"
    rule = "R-335"
    title_en = "The service needs what the ledger does not carry out yet, so the contract is neither drafted nor signed"
    title_zh = "该服务包含账本尚不支持履行的内容，不能据此起草或签署合同"
