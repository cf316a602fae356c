"""Types of the public events in each language, out of docs/events: made and compiled."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.clients import tools
from tests.clients.openapi import compile_java
from tests.clients.tools import PYTHON, run

TARGET = tools.TARGET / "events"
SCHEMAS = tools.ROOT / "docs/events"


def java() -> str:
    """By quicktype and javac."""
    sources = sorted((TARGET / "java").glob("*.java"))
    compile_java(TARGET / "java-compiled", sources)
    return _files(sources)


def go() -> str:
    """By quicktype and go vet."""
    (TARGET / "go/go.mod").write_text("module qizhang/events\n\ngo 1.23\n")
    run("go", "vet", "./...", cwd=TARGET / "go")
    return _files(sorted((TARGET / "go").glob("*.go")))


def typescript() -> str:
    """By quicktype and tsc."""
    tools.node_tool("tsc", "--noEmit", "--strict", TARGET / "typescript/events.ts")
    return _files([TARGET / "typescript/events.ts"])


def python() -> str:
    """By datamodel-code-generator, a module a schema, and mypy."""
    target = TARGET / "python/events"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for schema in sorted(SCHEMAS.glob("*.json")):
        module = target / (schema.stem.replace(".", "_") + ".py")
        run(
            *(PYTHON.parent / "datamodel-codegen", "--input", schema, "--input-file-type", "jsonschema"),
            *("--output", module, "--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11"),
            *("--use-annotated", "--disable-timestamp"),
        )
    (target / "__init__.py").touch()
    run(PYTHON, "-m", "compileall", "-q", target)
    run(PYTHON, "-m", "mypy", "--strict", "events", cwd=target.parent)
    return _files(sorted(target.glob("*.py")))


def _files(found: list[Path]) -> str:
    return f"{len(found)} files"


COMPILED: dict[str, Callable[[], str]] = {"java": java, "go": go, "typescript": typescript, "python": python}
