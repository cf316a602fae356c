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


class Defect(Struct, frozen=True, kw_only=True):
    """What a check says about the value at `path` (keys and list positions) of one file."""

    path: Path = ()
    text_en: str
    text_zh: str
    rule: str = FORM_RULE
    severity: Severity = "error"


class Problem(Struct, frozen=True, kw_only=True):
    """A defect at its place; errors stop an import, warnings are what the documents themselves get wrong.

    `line` counts from 1; a document that came without a file has 0, and then `path` tells the place.
    """

    severity: Severity
    check: str
    file: str
    line: int
    text_en: str
    text_zh: str
    rule: str = FORM_RULE
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"{self.file} {self.path}".rstrip()
        return f"{place}: {self.severity} [{self.check}] {self.text_en} / {self.text_zh} ({self.rule})"


def path_text(path: Path) -> str:
    """A path as it is told: `acceptance[0].group`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


class CatalogueInvalid(InvalidRequest):
    """A catalogue file or document is defective; nothing of it is imported."""

    code = "CATALOGUE_INVALID"
    rule = FORM_RULE
    title_en = "The catalogue file is not valid"
    title_zh = "目录文件无效"

    def __init__(self, problems: Sequence[Problem], *, field: str = "") -> None:
        super().__init__("\n".join(str(problem) for problem in problems), field=field)
        self.problems = tuple(problems)
