"""A client of the HTTP interface in each language: generated, compiled with a call of our own, and how that is run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.clients import tools
from tests.clients.tools import GENERATOR, HERE, JARS, PYTHON, TARGET, Command, run

DOCUMENT = tools.ROOT / "docs/openapi.json"
DRAFT = tools.ROOT / "docs/walk/draft.json"
LANGUAGES = ("java", "go", "typescript", "python")
TSC = ("--strict", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext")


def _generate(generator: str, target: Path, *options: str) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    run(
        *("java", "-jar", GENERATOR, "generate", "-i", DOCUMENT, "-g", generator, "-o", target),
        *("--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"),
        *options,
    )


def classpath() -> str:
    """What a Java client needs: everything that was fetched but the generator."""
    return ":".join(str(jar) for jar in sorted(JARS.glob("*.jar")) if jar != GENERATOR)


def compile_java(target: Path, sources: list[Path]) -> None:
    """Compile Java sources into `target`."""
    listed = target / "sources.txt"
    target.mkdir(parents=True, exist_ok=True)
    listed.write_text("\n".join(map(str, sources)))
    run("javac", "-encoding", "UTF-8", "-nowarn", "-d", target / "classes", "-cp", classpath(), f"@{listed}")


def java() -> str:
    """The client of java.net.http."""
    target = TARGET / "java"
    packages = ",".join(f"{part}Package=qizhang.client.{part}" for part in ("api", "invoker", "model"))
    _generate("java", target, "--library", "native", "--additional-properties", packages)
    sources = sorted((target / "src/main/java").rglob("*.java"))
    compile_java(target, [*sources, HERE / "java/Call.java"])
    return f"{len(sources)} files"


def go() -> str:
    """The client of net/http; it needs nothing beside Go."""
    target = TARGET / "go"
    _generate("go", target / "ledger", "--additional-properties", "packageName=ledger,withGoMod=false")
    shutil.rmtree(target / "ledger/test", ignore_errors=True)
    shutil.copy(HERE / "go/call.go", target / "call.go")
    (target / "go.mod").write_text("module qizhang/clients\n\ngo 1.23\n")
    run("go", "vet", "./...", cwd=target)
    run("go", "build", "-o", "call", ".", cwd=target)
    return f"{len(sorted((target / 'ledger').glob('*.go')))} files"


def typescript() -> str:
    """The client of fetch, and the types of openapi-typescript beside it."""
    target = TARGET / "typescript"
    _generate("typescript-fetch", target / "ledger", "--additional-properties", "importFileExtension=.js")
    tools.node_tool("openapi-typescript", DOCUMENT, "-o", target / "ledger.types.ts")
    shutil.copy(HERE / "typescript/call.ts", target / "call.ts")
    (target / "package.json").write_text('{"type": "module"}')
    types = ("--types", "node", "--typeRoots", str(tools.NODE_FOLDER / "node_modules/@types"))
    tools.node_tool("tsc", *TSC, *types, "--outDir", target / "out", target / "call.ts")
    (target / "out/package.json").write_text('{"type": "module"}')
    return f"{len(sorted((target / 'ledger').rglob('*.ts')))} files"


def python() -> str:
    """The clients of openapi-generator and openapi-python-client, by mypy together with our calls."""
    target = TARGET / "python"
    _generate("python", target / "generated", "--additional-properties", "packageName=ledger")
    shutil.rmtree(target / "ledger", ignore_errors=True)
    shutil.move(target / "generated/ledger", target / "ledger")
    shutil.rmtree(target / "ledger_attrs", ignore_errors=True)
    generate = ("generate", "--path", DOCUMENT, "--output-path", target / "ledger_attrs", "--meta", "none")
    said = run(
        PYTHON.parent / "openapi-python-client", *generate, "--fail-on-warning", "--config", HERE / "python/client.yaml"
    )
    for script in ("call.py", "call_attrs.py"):
        shutil.copy(HERE / "python" / script, target / script)
    run(PYTHON, "-m", "compileall", "-q", ".", cwd=target)
    run(PYTHON, "-m", "mypy", "--strict", "--follow-imports", "silent", "call.py", "call_attrs.py", cwd=target)
    run(PYTHON, "-m", "mypy", "ledger", "ledger_attrs", cwd=target)
    return said


COMPILED: dict[str, Callable[[], str]] = {"java": java, "go": go, "typescript": typescript, "python": python}


def calls(wanted: Sequence[str], address: str, token: str) -> Iterator[tuple[str, Command]]:
    """A call by each client, with a contract of its own."""
    commands: dict[str, list[Command]] = {
        "java": [("java", "-cp", f"{TARGET / 'java/classes'}:{classpath()}", "Call")],
        "go": [(TARGET / "go/call",)],
        "typescript": [("node", TARGET / "typescript/out/call.js")],
        "python": [(PYTHON, TARGET / "python/call.py"), (PYTHON, TARGET / "python/call_attrs.py")],
    }
    for name in wanted:
        for number, command in enumerate(commands[name]):
            yield name, (*command, address, token, DRAFT, f"C-{name}-{number}")
