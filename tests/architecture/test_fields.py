"""A refusal names the member of a body in one form, wherever it is found out: a JSON pointer (RFC 6901)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "services"
# What stands in the path of a route, or in a token, and in no body.
NOT_IN_A_BODY = frozenset({"milestone", "endpoint", "organisation", "service"})


def named_otherwise(source: str) -> Iterator[str]:
    """The fields that a module names by anything but a pointer."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            for given in call.keywords:
                begins = _beginning(given.value) if given.arg == "field" else None
                if begins is not None and not begins.startswith("/") and begins not in NOT_IN_A_BODY:
                    yield ast.unparse(given)


def _beginning(value: ast.expr) -> str | None:
    """The text that an expression begins with; None where it is found out elsewhere."""
    match value:
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text or None
        case _:
            return None


def test_a_field_of_a_body_is_named_by_a_pointer() -> None:
    modules = [path for path in SERVICES.glob("*/domain/**/*.py") if path.is_file()]
    assert modules
    found = {str(path.relative_to(ROOT)): [*named_otherwise(path.read_text())] for path in modules}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("planted", ['X(field="roles")', 'X(field=f"roles[{i}]")', 'X("", field="re_plan.name")'])
def test_another_form_is_found(planted: str) -> None:
    assert [*named_otherwise(planted)]
