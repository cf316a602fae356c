"""Names are built of parts by `shared/kernel/names.py` only, deadline ids by `deadline_identity` only.

A name that is put together anywhere else runs together with another sooner or later: `item-{contract}-{item}` of the
contract `A` with the item `b-c`, and of `A-b` with `c`, is one text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, assert_none, modules, plant

BUILDER = "shared/kernel/names.py"
# What a caller or a definition of this name holds is a name.
NAMED = re.compile(r"(.*_)?(streams?|scopes?|labels?|(item|endpoint|document|feed|revision|generation)_key|keys)(_of)?")
ARGUMENTS = {"stream", "scope", "label", "deadline_id"}
# `item-{x}`, `org:{x}`, `contract/{x}`: a word, a mark, and a value behind it.
PREFIXED = re.compile(r"[a-z]+[-/:]")
MARKS = re.compile(r"[-/:|@]+")

# Texts that look like names and are none, with what they are.
OTHERS = {
    ("services/catalog/format/profiles.py", "alibaba-"),  # ids of the shipped services
    ("shared/catalogue/selection/ordering.py", "alibaba-"),
    ("shared/bus/follower.py", "bus/"),  # positions of a process's own followers: services and a number
    ("shared/relay/relay.py", "relay/"),  # the position and lease of a service's relay
    ("shared/projections/generations.py", "live/"),  # the position of a view's live generation
    ("shared/kafka/bus.py", "relay-"),  # names of clients, for the broker's logs
    ("shared/kafka/bus.py", "inbound-"),
    ("shared/kafka/bus.py", "consumer-"),
    ("shared/deadlines/recompute.py", "again-"),  # the same
    ("shared/deadlines/ticker.py", "again-"),  # a part of an idempotency key, which is framed
    ("shared/deadlines/recompute.py", "again-"),
    ("shared/timekeeping/doubt.py", "confirmed-"),  # a number and nothing else
    ("shared/kafka/places.py", "kafka/"),  # positions: a topic of ours and a number
}
ROOMS = ("services", "shared")
# Pages, commands and stories show texts; nothing of theirs is stored as a name.
SHOWN = re.compile(r"services/(cli|demo)/.*|shared/(web|testing|telemetry)/.*")


def names_built_elsewhere(root: Path) -> list[str]:
    """Texts put together where a name is expected, or that look like a kind and a part."""
    return [
        f"{module.path}:{line} {what}"
        for module in modules(root, *ROOMS)
        if module.path != BUILDER and not SHOWN.fullmatch(module.path)
        for line, what in _built(module)
    ]


def _built(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        match node:
            case ast.JoinedStr() if _looks_like_a_name(module, node):
                yield node.lineno, f"builds {ast.unparse(node)}"
            case ast.keyword(arg=str(argument), value=value) if argument in ARGUMENTS and _puts_together(value):
                yield value.lineno, f"builds {argument}"
            case ast.keyword(arg="deadline_id", value=ast.Call(func=ast.Name(id="derived_id"))):
                yield node.value.lineno, "derives a deadline_id"
            case ast.FunctionDef(name=name) if NAMED.fullmatch(name):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from ((part.lineno, f"{name} builds {ast.unparse(part)}") for part in _texts(inner.value))


def _texts(value: ast.expr) -> Iterator[ast.expr]:
    """Texts put together in an expression, but not what is handed to a call."""
    if _puts_together(value):
        yield value
    elif not isinstance(value, ast.Call):
        for child in ast.iter_child_nodes(value):
            if isinstance(child, ast.expr):
                yield from _texts(child)


def _puts_together(value: ast.expr) -> bool:
    match value:
        case ast.JoinedStr(values=values):
            return any(isinstance(part, ast.FormattedValue) for part in values)
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
            return True
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (left, right)) or any(
                _puts_together(side) for side in (left, right)
            )
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join" | "format")):
            return True
        case ast.IfExp(body=body, orelse=other):
            return _puts_together(body) or _puts_together(other)
    return False


def _looks_like_a_name(module: Module, text: ast.JoinedStr) -> bool:
    first, *rest = text.values
    if not isinstance(first, ast.Constant) or not PREFIXED.fullmatch(str(first.value)):
        return False
    between = [part.value for part in rest if isinstance(part, ast.Constant)]
    return (module.path, first.value) not in OTHERS and all(MARKS.fullmatch(str(part)) for part in between)


def test_names_are_built_by_one_function() -> None:
    assert_none(names_built_elsewhere(ROOT))


@pytest.mark.parametrize(
    "planted",
    [
        'def item(contract, item):\n    return f"item-{contract}-{item}"\n',
        'def item_stream(contract, item):\n    return "item-" + contract + "-" + item\n',
        'def item_stream(contract, item):\n    return "-".join(("item", contract, item))\n',
        'def item_key(contract, item):\n    return f"{contract}/{item}" if item else contract\n',
        'def keys(recorded):\n    return (f"{recorded.contract}|{recorded.item}",)\n',
        'def scope_of(x):\n    return "contract/%s" % x\n',
        'label = f"org:{organisation}"\n',
        'event = NewEvent(stream=f"{kind}-{name}", data=data)\n',
        "deadline = Deadline(deadline_id=derived_id(tenant, contract, kind))\n",
        'deadline = Deadline(deadline_id=f"{tenant}{contract}{kind}")\n',
    ],
)
def test_a_name_built_elsewhere_is_found(planted: str, tmp_path: Path) -> None:
    plant(tmp_path, {"services/x/domain/streams.py": planted})
    assert names_built_elsewhere(tmp_path)
