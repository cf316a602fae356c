"""`make clients-check`: what an integrator does with our documents, by the usual tools, against a running ledger.

In: docs/openapi.json, docs/asyncapi.json, docs/events. Out: a line a step; exit code 1 when one failed. Everything that
is downloaded or generated lies under var/clients.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from tests.clients import events, openapi, tools
from tests.clients.ledger import running_ledger
from tests.clients.tools import Failed

# What every client says after its draft, its list and its error, whatever it is written in.
SAID: dict[str, Any] = {
    "outcome": "done",
    "items": ["delivery"],
    "listed": True,
    "next": True,
    "amount": "30000",
    "status": 409,
    "code": "ID_TAKEN",
}
TITLE_ZH = "title_zh"

Step = tuple[str, Callable[[], str]]


def main() -> int:
    """Run every step that the command line names, or all of them; returns the exit code."""
    missing = tools.missing()
    if missing:
        for name, why in missing.items():
            print(f"{name} is needed: {why} / 缺少 {name}")
        return 1
    wanted = sys.argv[1:] or openapi.LANGUAGES
    failed = 0
    for name, step in (("tools", tools.prepare), *documents(), *generated(wanted)):
        failed += not passed(name, step)
        if failed and name == "tools":
            return 1
    with running_ledger(tools.TARGET / "ledger") as (address, token):
        for name, command in openapi.calls(wanted, address, token):
            failed += not passed(f"{name} calls the ledger", lambda command=command: _called(command))
    print(f"{failed} failed / 未通过 {failed} 项" if failed else "all passed / 全部通过")
    return 1 if failed else 0


def documents() -> list[Step]:
    """The documents by the linters of their kind."""
    npx, docs = tools.node_tool, tools.ROOT / "docs"
    return [
        ("redocly", lambda: npx("redocly", "lint", "--config", tools.HERE / "redocly.yaml", docs / "openapi.json")),
        (
            "spectral",
            lambda: npx(
                *("spectral", "lint", "--fail-severity", "warn", "--ruleset", tools.HERE / "spectral.yaml"),
                *(docs / "openapi.json", docs / "asyncapi.json"),
            ),
        ),
        ("asyncapi parser", lambda: tools.node("asyncapi.mjs", docs / "asyncapi.json")),
        ("ajv and quicktype", lambda: tools.node("events.mjs", docs / "events", events.TARGET)),
    ]


def generated(wanted: list[str] | tuple[str, ...]) -> list[Step]:
    """The clients and the types of events, made and compiled."""
    clients = [(f"{name} client", openapi.COMPILED[name]) for name in wanted]
    return [*clients, *((f"{name} events", events.COMPILED[name]) for name in wanted)]


def passed(name: str, step: Callable[[], str]) -> bool:
    """Run a step and say how it went."""
    try:
        said = step().strip().splitlines()
    except Failed as error:
        print(f"FAILED  {name}\n{error}", flush=True)
        return False
    print(f"ok      {name}{': ' + said[-1] if said else ''}", flush=True)
    return True


def _called(command: tools.Command) -> str:
    said = json.loads(tools.run(*command).strip().splitlines()[-1])
    wrong = {name: said.get(name) for name, value in SAID.items() if said.get(name) != value}
    if wrong or not said.get(TITLE_ZH):
        raise Failed(f"expected {SAID}, but {wrong or said}")
    return f"{said['code']} {said[TITLE_ZH]}"


if __name__ == "__main__":
    os.chdir(tools.ROOT)
    sys.exit(main())
