"""What surrounds every request, from the outside in: trace, problems, limits, authentication."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware
from opentelemetry.trace import SpanKind

from shared.kernel.clock import ClockBelief
from shared.kernel.errors import ClockUntrusted, InvalidRequest, LedgerError, Unauthenticated
from shared.telemetry.logs import log_access
from shared.telemetry.metrics import LabelValue, measure
from shared.telemetry.spans import entry_span, valid_traceparent
from shared.web import errors
from shared.web.edge import IDENTITY, Clocks, Handler, Verifier
from shared.web.problems import kind_of, problem_response

PUBLIC: Final = "public:"
"""Routes whose name begins so are answered without a token."""

UNMATCHED: Final = "unmatched"
# What a caller makes up does not become a label; the word is that of the OpenTelemetry conventions.
OTHER_METHOD: Final = "_OTHER"

_log = logging.getLogger("qizhang.web")


@web.middleware
async def trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A server span and a trace id for the request, its duration as a metric, and one line in the access log."""
    route = _route_template(request)
    method = request.method if request.method in hdrs.METH_ALL else OTHER_METHOD
    started_s = time.perf_counter()
    described = {"http.request.method": method, "http.route": route, "url.path": request.path}
    parent = valid_traceparent(request.headers.get("traceparent"))
    with entry_span(f"{method} {route}", parent=parent, kind=SpanKind.SERVER, semantic=described) as span:
        response = await handler(request)
        span.set_attribute("http.response.status_code", response.status)
        duration_s = time.perf_counter() - started_s
        labels: dict[str, LabelValue] = {
            "http.route": route,
            "http.request.method": method,
            "http.response.status_code": response.status,
        }
        measure("http.server.request.duration", duration_s, labels)
        _log_access(request, route, response.status, duration_s)
    return response


def _log_access(request: web.Request, route: str, status: int, duration_s: float) -> None:
    """Who asked for what and when, as access logs have to say (R-465)."""
    identity = request.get(IDENTITY)
    log_access(
        {
            "method": request.method,
            "route": route,
            "path": request.path,
            "status": status,
            "duration_ms": round(duration_s * 1000, 1),
            "tenant": identity.tenant if identity else "",
            "organisation": identity.actor.organisation if identity else "",
            "subject": identity.actor.subject if identity else "",
        }
    )


def _route_template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else UNMATCHED


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error as Problem Details; what nobody expected goes to the log and is answered with a fixed text."""
    try:
        return await handler(request)
    except LedgerError as error:
        if kind_of(error).status == 500:
            return _unexpected(request)
        return problem_response(request, error)
    except web.HTTPException as error:
        response = problem_response(request, _of_framework(error))
        response.headers.extend({name: error.headers[name] for name in (hdrs.ALLOW,) if name in error.headers})
        return response
    except ConnectionError:
        # The caller went away; nobody reads an answer, and it is no defect of ours.
        raise
    except Exception:  # loop edge: one request must not take the process with it.
        return _unexpected(request)


def _unexpected(request: web.Request) -> web.Response:
    _log.exception("unexpected error in %s %s", request.method, _route_template(request))
    return problem_response(request, errors.Unexpected())


def _of_framework(error: web.HTTPException) -> LedgerError:
    """aiohttp's own refusals in the ledger's terms."""
    match error.status:
        case 404:
            return errors.NoSuchPath()
        case 405:
            return errors.MethodNotAllowed()
        case 413:
            return errors.BodyTooLarge()
        case status if status < 500:
            return InvalidRequest(error.reason, zh="请求不符合 HTTP 规范")
        case _:
            return errors.Unexpected()


def limits(body_bytes_max: int) -> Middleware:
    """Refuse a body that announces itself as too long before a byte of it is read; reading stops at the same limit."""

    @web.middleware
    async def limited(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (request.content_length or 0) > body_bytes_max:
            raise errors.BodyTooLarge(f"at most {body_bytes_max} bytes", zh=f"最多 {body_bytes_max} 字节")
        return await handler(request)

    return limited


def authentication(verifier: Verifier, clocks: Clocks, beliefs: Sequence[ClockBelief] = ()) -> Middleware:
    """Find out who calls before the body is read; only probes, documentation and unknown paths need no token.

    While a clock is not believed nobody is told that his token is no good: that, too, was judged by it.
    """

    @web.middleware
    async def authenticated(request: web.Request, handler: Handler) -> web.StreamResponse:
        match_info = request.match_info
        if match_info.http_exception is None and not (match_info.route.name or "").startswith(PUBLIC):
            try:
                request[IDENTITY] = await verifier.identify(_bearer_token(request), clocks.machine.now())
            except Unauthenticated as error:
                _log.info("not authenticated: %s", error.detail)
                if doubt := next(filter(None, (belief.trouble() for belief in beliefs)), None):
                    raise ClockUntrusted(f"{doubt.zh} / {doubt.en}") from error
                raise
        return await handler(request)

    return authenticated


def _bearer_token(request: web.Request) -> str:
    values = request.headers.getall(hdrs.AUTHORIZATION, [])
    if len(values) != 1:
        raise Unauthenticated(
            "exactly one Authorization header is needed",
            zh="须有且仅有一个 Authorization 请求头",
            field=hdrs.AUTHORIZATION,
        )
    scheme, _, token = values[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(
            "the Authorization header needs the scheme Bearer",
            zh="Authorization 请求头须使用 Bearer 方案",
            field=hdrs.AUTHORIZATION,
        )
    return token.strip()
