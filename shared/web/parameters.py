"""Query parameters as values: what a route takes, each with check and schema; anything else is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from shared.kernel.errors import InvalidRequest
from shared.web.paths import IDENTIFIER

# A token is a position or a cursor as it leaves (`sealing.py`).
TOKEN_CHARACTERS_MAX: Final = 4096
TOKEN: Final = re.compile("^[A-Za-z0-9_-]+$")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A query parameter: one of a few words, a number from 1 to `most`, a text of a pattern or any of a length."""

    zh: str
    en: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    most: int = 0
    pattern: re.Pattern[str] | None = None
    characters_max: int = 0

    def schema(self) -> dict[str, Any]:
        """As JSON Schema has it."""
        if self.one_of == FLAG:
            return {"type": "boolean"}
        if self.one_of:
            return {"type": "string", "enum": list(self.one_of)}
        if self.most:
            return {"type": "integer", "minimum": 1, "maximum": self.most}
        length = {"maxLength": self.characters_max} if self.characters_max else {}
        pattern = {"pattern": self.pattern.pattern} if self.pattern else {}
        return {"type": "string", **pattern, **length}

    def check(self, name: str, value: str) -> None:
        """Raise InvalidRequest for a value that the parameter does not take."""
        if self.one_of and value not in self.one_of:
            known = ", ".join(self.one_of)
            raise InvalidRequest(f"one of {known}", zh=f"只能是 {known} 之一", field=name)
        if self.most and not _is_number(value, self.most):
            raise InvalidRequest(f"a number from 1 to {self.most}", zh=f"须为 1 至 {self.most} 的整数", field=name)
        if self.pattern and not self.pattern.fullmatch(value[: self.characters_max or None]):
            raise InvalidRequest(self.en, zh=self.zh, field=name)
        if self.characters_max and len(value) > self.characters_max:
            most = self.characters_max
            raise InvalidRequest(f"at most {most} characters", zh=f"最多 {most} 个字符", field=name)


FLAG: Final = ("true", "false")


def _is_number(value: str, most: int) -> bool:
    decimal = value.isascii() and value.isdecimal() and not value.startswith("0") and len(value) <= len(str(most))
    return decimal and 1 <= int(value) <= most


CURSOR: Final[Mapping[str, Parameter]] = {
    "cursor": Parameter(
        zh="本列表上一页给出的 next",
        en="`next` of the previous page of this list",
        pattern=TOKEN,
        characters_max=TOKEN_CHARACTERS_MAX,
    )
}


def identifier(zh: str, en: str) -> Parameter:
    """A parameter that names something."""
    return Parameter(zh=zh, en=en, pattern=IDENTIFIER)


def query_parameters(request: web.Request, known: Mapping[str, Parameter]) -> dict[str, str]:
    """The query parameters by name; raises InvalidRequest for an unknown, doubled, missing or impossible one."""
    parameters: dict[str, str] = {}
    for name, value in request.query.items():
        if name not in known:
            names = ", ".join(known)
            raise InvalidRequest(
                f"this parameter is not known here; known: {names}" if known else "there are no parameters here",
                zh=f"此处没有该参数；可用参数：{names}" if known else "此处不接受查询参数",
                field=name,
            )
        if name in parameters:
            raise InvalidRequest("the parameter may appear only once", zh="该参数只能出现一次", field=name)
        if "\x00" in value:
            raise InvalidRequest("the parameter holds the character NUL", zh="该参数含有空字符 NUL", field=name)
        known[name].check(name, value)
        parameters[name] = value
    missing = next((name for name, about in known.items() if about.required and name not in parameters), None)
    if missing is not None:
        raise InvalidRequest("this parameter is required", zh="缺少该参数", field=missing)
    return parameters
