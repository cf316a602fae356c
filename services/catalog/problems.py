"""What is wrong with a catalogue file: a problem has a place (file and line), a check, and words in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from shared.kernel.errors import InvalidRequest

# What is only about the form of the data is about R-020: the catalogue is the reviewed content of these documents.
FORM_RULE = "R-020"

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]


class Finding(Struct, frozen=True, kw_only=True):
    """What a check says about the value at `path` (keys and list positions) of one file."""

    path: Path = ()
    text_en: str
    text_zh: str
    rule: str = FORM_RULE
    severity: Severity = "error"


class Problem(Struct, frozen=True, kw_only=True):
    """A finding at its place; `line` counts from 1. Errors stop an import, warnings are defects of the documents."""

    severity: Severity
    check: str
    file: str
    line: int
    text_en: str
    text_zh: str
    rule: str = FORM_RULE

    def __str__(self) -> str:
        words = f"{self.text_en} / {self.text_zh} ({self.rule})"
        return f"{self.file}:{self.line}: {self.severity} [{self.check}] {words}"


class CatalogueInvalid(InvalidRequest):
    """A catalogue file cannot be read; nothing of it is imported."""

    code = "CATALOGUE_INVALID"
    title_en = "The catalogue file is not valid"
    title_zh = "目录文件无效"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
