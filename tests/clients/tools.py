"""The tools of the check: which have to be there, which are fetched, by lock files and hashes, and how they run."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path

from tests.architecture.source import ROOT

HERE = ROOT / "tests/clients"
TARGET = ROOT / "var/clients"
NODE_FOLDER = TARGET / "node"
JARS = TARGET / "jars"
PYTHON = TARGET / "venv/bin/python"
GENERATOR = JARS / "openapi-generator-cli-7.25.0.jar"

NEEDED = {
    "java": "a JDK 11 or newer, for the generator and the Java client",
    "javac": "a JDK, to compile the Java client",
    "mvn": "Maven, which fetches the generator",
    "go": "Go 1.23 or newer, to compile the Go client",
    "node": "Node.js 20 or newer, for linters and the TypeScript client",
    "npm": "npm, which fetches the linters",
}
STEP_TIMEOUT_S = 1800
SHOWN_CHARACTERS_MAX = 4000

Command = tuple[str | Path, ...]
Fetch = Callable[[list[Path]], None]


class Failed(Exception):
    """A tool that ended otherwise than well; the text is what it said."""


def missing() -> dict[str, str]:
    """The tools that this machine has not, each with what it is needed for."""
    return {name: why for name, why in NEEDED.items() if shutil.which(name) is None}


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a command says on standard output; raises Failed."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd or ROOT,
            capture_output=True,
            text=True,
            timeout=STEP_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"{command[0]}: more than {STEP_TIMEOUT_S} s") from None
    if done.returncode:
        raise Failed((done.stdout + done.stderr)[-SHOWN_CHARACTERS_MAX:])
    return done.stdout


def node_tool(name: str, *arguments: str | Path) -> str:
    """A command of a package of package.json."""
    return run(NODE_FOLDER / "node_modules/.bin" / name, *arguments)


def node(script: str, *arguments: str | Path) -> str:
    """A script of ours, run where its packages are found."""
    shutil.copy(HERE / script, NODE_FOLDER / script)
    return run("node", NODE_FOLDER / script, *arguments)


def prepare() -> str:
    """Fetch what is not there yet, or was pinned otherwise."""
    fetched = [
        _once("node", [HERE / "package.json", HERE / "package-lock.json", HERE / ".npmrc"], _npm),
        _once("java", [HERE / "java/pom.xml", HERE / "java/jars.sha256"], _maven),
        _once("python", [HERE / "requirements.lock"], _pip),
    ]
    return "fetched: " + (", ".join(filter(None, fetched)) or "nothing, all is there")


def _once(name: str, pins: list[Path], fetch: Fetch) -> str:
    pinned = hashlib.sha256(b"\0".join(pin.read_bytes() for pin in pins)).hexdigest()
    stamp = TARGET / f".fetched-{name}"
    if stamp.exists() and stamp.read_text() == pinned:
        return ""
    print(f"        fetching what {name} needs, once / 首次下载 {name} 所需工具", flush=True)
    TARGET.mkdir(parents=True, exist_ok=True)
    fetch(pins)
    stamp.write_text(pinned)
    return name


def _npm(pins: list[Path]) -> None:
    NODE_FOLDER.mkdir(exist_ok=True)
    for pin in pins:
        shutil.copy(pin, NODE_FOLDER / pin.name)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=NODE_FOLDER)


def _maven(pins: list[Path]) -> None:
    pom, hashes = pins
    shutil.rmtree(JARS, ignore_errors=True)
    run(
        *("mvn", "-B", "-q", "--strict-checksums", "-f", pom, f"-Dmaven.repo.local={TARGET / 'm2'}"),
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
        f"-DoutputDirectory={JARS}",
    )
    wanted = dict(reversed(line.split()) for line in hashes.read_text().splitlines())
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in sorted(JARS.glob("*.jar"))}
    if found != wanted:
        raise Failed(f"other files than {hashes.name} says: {sorted(found.items() ^ wanted.items())}")


def _pip(pins: list[Path]) -> None:
    venv.create(PYTHON.parents[1], with_pip=True, clear=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", pins[0])
