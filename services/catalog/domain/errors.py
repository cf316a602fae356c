"""The catalogue's refusals: one class a rule."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, NotFound, Refused


class NotCatalogAdmin(Forbidden):
    """Only a catalogue administrator publishes reference data."""

    code = "NOT_CATALOG_ADMIN"
    rule = "R-424"
    title_en = "Only a catalogue administrator may publish services and calendars"
    title_zh = "只有目录管理员可以发布服务与日历"


class ServiceUnknown(NotFound):
    """The catalogue has no such service."""

    code = "SERVICE_UNKNOWN"
    title_en = "The catalogue has no such service"
    title_zh = "目录中没有该服务"


class EditionUnknown(NotFound):
    """The service has no such edition."""

    code = "EDITION_UNKNOWN"
    title_en = "The service has no such edition"
    title_zh = "该服务没有此版本"


class TierUnknown(NotFound):
    """The catalogue has no such tier."""

    code = "TIER_UNKNOWN"
    title_en = "The catalogue has no such service tier"
    title_zh = "目录中没有该服务层级"


class CalendarUnknown(NotFound):
    """The catalogue has no such calendar."""

    code = "CALENDAR_UNKNOWN"
    title_en = "The catalogue has no such calendar"
    title_zh = "目录中没有该日历"


class ContentHashMismatch(Refused):
    """The hash that came with the document is not the hash of the document."""

    code = "CONTENT_HASH_MISMATCH"
    rule = "R-020"
    title_en = "The content hash does not belong to this document"
    title_zh = "内容哈希与文档不符"
