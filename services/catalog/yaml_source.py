"""YAML text in, plain data and the line of every value out.

Read by the YAML 1.2 core rules (`no`, `on` and `17:00` are text), so that reviewers and editors see what we see.
Anchors, tags, duplicate keys and deep nesting are refused: a reviewed file says everything once, where it stands.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct

from services.catalog.problems import CatalogueInvalid, Defect, Path, Problem, path_text

FILE_CHARACTERS_MAX = 1_000_000
DEPTH_MAX = 20

# The base loader leaves every scalar as text; libyaml's is the same, only faster.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class MarkedData(Struct, frozen=True, kw_only=True):
    """Plain data and, for every path in it, the line that it stands on."""

    file: str
    data: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of the value, or of the nearest enclosing value that has one; 0 for data that came without text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1 if self.lines else 0)

    def problem(self, check: str, defect: Defect) -> Problem:
        """The defect at its place in this file."""
        return Problem(
            severity=defect.severity,
            check=check,
            file=self.file,
            line=self.line_of(defect.path),
            text_en=defect.text_en,
            text_zh=defect.text_zh,
            rule=defect.rule,
            path=path_text(defect.path),
        )


class _Refused(Exception):
    """A construct that catalogue files do not use."""

    def __init__(self, line: int, text_en: str, text_zh: str) -> None:
        super().__init__(text_en)
        self.line = line
        self.text_en = text_en
        self.text_zh = text_zh


def read_yaml(text: str, file: str) -> MarkedData:
    """Parse one document; raises CatalogueInvalid with file and line."""
    lines: dict[Path, int] = {}
    try:
        if len(text) > FILE_CHARACTERS_MAX:
            raise _Refused(1, f"longer than {FILE_CHARACTERS_MAX} characters", f"超过{FILE_CHARACTERS_MAX}个字符")
        _refuse_unused_constructions(text)
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            raise _Refused(1, "the file is empty", "文件为空")
        data = _plain(node, (), lines)
    except _Refused as refused:
        raise _invalid(file, refused.line, refused.text_en, refused.text_zh) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _invalid(file, line, f"not YAML: {error.problem or error}", "不是有效的YAML") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _invalid(file, line, "a character that YAML does not allow", "含有YAML不允许的字符") from None
    return MarkedData(file=file, data=data, lines=lines)


def _refuse_unused_constructions(text: str) -> None:
    """Anchors, aliases and deep nesting are seen in the stream of events, before anything is built from them."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused(line, "anchors and aliases are not used", "不允许使用锚点和别名")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            raise _Refused(line, f"nested deeper than {DEPTH_MAX} levels", f"嵌套超过{DEPTH_MAX}层")


def _invalid(file: str, line: int, text_en: str, text_zh: str) -> CatalogueInvalid:
    return CatalogueInvalid(
        [Problem(severity="error", check="yaml", file=file, line=line, text_en=text_en, text_zh=text_zh)]
    )


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_plain(item, (*path, position), lines) for position, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
        return node.value if node.style else _core_scalar(node.value)
    raise _Refused(node.start_mark.line + 1, f"the tag {node.tag} is not used", f"不允许使用标签{node.tag}")


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(line, "a key is a word", "键必须是文本")
        key = str(key_node.value)
        if key in result:
            raise _Refused(line, f"the key `{key}` stands here twice", f"键“{key}”重复")
        result[key] = _plain(value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return result


def _core_scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
