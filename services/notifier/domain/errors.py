"""The notifier's refusals: one class a rule."""

from __future__ import annotations

from shared.kernel.errors import Forbidden, NotFound, Refused


class NotYourEndpoint(Forbidden):
    """An endpoint belongs to an organisation; only its people name, rotate or disable it."""

    code = "NOT_YOUR_ENDPOINT"
    rule = "R-424"
    title_en = "A webhook endpoint can be managed by its own organisation only"
    title_zh = "回调端点只能由其所属组织管理"


class EndpointUrlNotAllowed(Refused):
    """Only https endpoints on the internet are called (http on loopback is for development)."""

    code = "ENDPOINT_URL_NOT_ALLOWED"
    rule = "R-424"
    title_en = "The endpoint's address must begin with https://, be on the internet, and hold no user or fragment"
    title_zh = "端点地址必须以 https:// 开头、位于公网，且不得含用户信息或片段"


class EndpointUnknown(NotFound):
    """No endpoint of that name in the caller's organisation."""

    code = "ENDPOINT_UNKNOWN"
    title_en = "There is no such endpoint"
    title_zh = "端点不存在"


class EndpointExists(Refused):
    """The name is taken by an endpoint with another address."""

    code = "ENDPOINT_EXISTS"
    rule = "R-421"
    title_en = "An endpoint of this name exists with another address; disable it or choose another name"
    title_zh = "同名端点已存在且地址不同；请停用原端点或另选名称"


class TooManyEndpoints(Refused):
    """An organisation has at most ENDPOINTS_MAX active endpoints, and ENDPOINT_NAMES_MAX with those disabled."""

    code = "TOO_MANY_ENDPOINTS"
    rule = "R-424"
    title_en = "An organisation has at most 20 active webhook endpoints, 200 with the disabled ones; disable one first"
    title_zh = "每个组织最多 20 个启用的回调端点（含已停用共 200 个）；请先停用一个"


class NoticeUnknown(NotFound):
    """No such notice in this contract."""

    code = "NOTICE_UNKNOWN"
    title_en = "There is no such notice"
    title_zh = "通知不存在"
