"""Path parameters, checked before anything is looked up with them."""

from __future__ import annotations

import re
from typing import get_args

from aiohttp import web
from msgspec import Meta

from shared.kernel.errors import InvalidRequest
from shared.kernel.ids import Identifier

_META: Meta = get_args(Identifier)[1]
IDENTIFIER = re.compile(_META.pattern or "")


def path_parameters(request: web.Request) -> dict[str, str]:
    """The path parameters by name; raises InvalidRequest for one that is no identifier."""
    parameters = dict(request.match_info)
    for name, value in parameters.items():
        if not IDENTIFIER.fullmatch(value):
            raise InvalidRequest(
                "an identifier: letters, digits and . _ - only, at most 64",
                zh="标识只能由字母、数字及 . _ - 组成，最多 64 个字符",
                field=name,
            )
    return parameters
