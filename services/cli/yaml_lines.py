"""YAML and JSON files with the line of every value, so that a fault can be told where it stands.

In: the text of a file. Out: plain data, and the line of a path such as `holidays[2].statutory[0]`. JSON is read as the
subset of YAML that it is.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


class MalformedText(Exception):
    """The text is no YAML or JSON, or a key is written twice; `line` counts from 1."""

    def __init__(self, line: int, text_en: str, text_zh: str) -> None:
        super().__init__(text_en)
        self.line = line
        self.text_en = text_en
        self.text_zh = text_zh


class _Loader(yaml.SafeLoader):
    """Leaves dates as text, so that they are checked in one place, whether YAML or JSON wrote them."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class LinedDocument:
    """A document as plain data (`data`) with the lines of its values."""

    def __init__(self, text: str) -> None:
        # A tab between the tokens of JSON is white space, which YAML would refuse; inside strings it is escaped.
        loader = _Loader(text.replace("\t", " "))
        try:
            root = loader.get_single_node()
            _refuse_double_keys(root)
            self._root: yaml.Node | None = root
            self.data: Any = None if root is None else loader.construct_document(root)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise _no_yaml(line, error.problem or "") from None
        except yaml.YAMLError as error:
            raise _no_yaml(1, str(error)) from None
        finally:
            loader.dispose()

    def line_of(self, path: str) -> int:
        """The line (from 1) of the value at `path`, or of the nearest value around it that exists."""
        node = self._root
        if node is None:
            return 1
        for key, index in _STEP.findall(path):
            child = _child(node, key, index)
            if child is None:
                break
            node = child
        return int(node.start_mark.line) + 1


def _no_yaml(line: int, problem: str) -> MalformedText:
    return MalformedText(line, f"this is neither YAML nor JSON: {problem}", "此处不符合 YAML 或 JSON 语法")


def _child(node: yaml.Node, key: str, index: str) -> yaml.Node | None:
    if index:
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        return items[int(index)] if int(index) < len(items) else None
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _refuse_double_keys(node: yaml.Node | None) -> None:
    """YAML readers keep the last of two equal keys in silence; here that is a fault."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                raise MalformedText(
                    key.start_mark.line + 1, f"the key {key.value!r} is written twice", f"键 {key.value!r} 重复"
                )
            seen.add(str(key.value))
            _refuse_double_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_double_keys(item)
