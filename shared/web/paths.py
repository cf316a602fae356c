"""Path and query parameters, checked before anything is looked up with them."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import get_args

from aiohttp import web
from msgspec import Meta

from shared.kernel.errors import InvalidRequest
from shared.kernel.ids import Identifier

_META: Meta = get_args(Identifier)[1]
IDENTIFIER_PATTERN = _META.pattern or ""
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN)


def path_parameters(request: web.Request) -> dict[str, str]:
    """The path parameters by name; raises InvalidRequest for one that is no identifier."""
    parameters = dict(request.match_info)
    for name, value in parameters.items():
        if not _IDENTIFIER.fullmatch(value):
            raise InvalidRequest("an identifier: letters, digits and . _ - only, at most 64", field=name)
    return parameters


def query_parameters(request: web.Request, known: Container[str]) -> dict[str, str]:
    """The query parameters by name; raises InvalidRequest for an unknown one, or one that appears twice."""
    parameters: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            raise InvalidRequest("this parameter is not known here", field=name)
        if name in parameters:
            raise InvalidRequest("the parameter may appear only once", field=name)
        if "\x00" in value:
            raise InvalidRequest("the parameter holds the character NUL", field=name)
        parameters[name] = value
    return parameters
