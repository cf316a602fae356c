"""The API's documentation as the ledger serves it: the OpenAPI document, and a viewer that asks nothing of any other
host. The viewer is the published build of swagger-ui-dist 5.35.0, unchanged, with its licence beside it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import msgspec
from aiohttp import web

from shared.web.answers import SAFE_HEADERS
from shared.web.edge import Handler
from shared.web.middlewares import PUBLIC

# The viewer writes style attributes, hence inline styles; scripts come from here only, and no other host is named.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASSETS_AGE_S: Final = 3600

_PAGE: Final = ("/docs", "docs.html", "text/html")
_ASSETS: Final = (
    ("/docs/viewer.js", "viewer.js", "text/javascript"),
    ("/docs/swagger-ui-bundle.js", "swagger-ui/swagger-ui-bundle.js", "text/javascript"),
    ("/docs/swagger-ui.css", "swagger-ui/swagger-ui.css", "text/css"),
)


def documentation_routes(document: dict[str, Any]) -> list[web.RouteDef]:
    """`/openapi.json`, `/docs` and the files of the viewer; public."""
    path, name, media_type = _PAGE
    page = _content(_file(name), media_type, {"Content-Security-Policy": CONTENT_SECURITY_POLICY})
    routes = [
        web.get("/openapi.json", _content(msgspec.json.encode(document), "application/json", {}), name=f"{PUBLIC}api"),
        web.get(path, page, name=f"{PUBLIC}docs"),
    ]
    for path, name, media_type in _ASSETS:
        asset = _content(_file(name), media_type, {"Cache-Control": f"public, max-age={ASSETS_AGE_S}"})
        routes.append(web.get(path, asset, name=f"{PUBLIC}{path.rpartition('/')[2]}"))
    return routes


def _file(name: str) -> bytes:
    return files("shared.web").joinpath("static", *name.split("/")).read_bytes()


def _content(body: bytes, media_type: str, headers: dict[str, str]) -> Handler:
    async def send(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=media_type, charset="utf-8", headers={**SAFE_HEADERS, **headers})

    return send
