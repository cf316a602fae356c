"""`qizhang demo`: three contracts from signing to invoice on virtual time, checked against the rule book."""

from __future__ import annotations

from services.cli.arguments import EXIT_OK, BilingualParser
from services.demo.checks import Checks
from services.demo.playing import play_all
from shared.web.server import run as run_loop

EXIT_DIFFERENT = 1


def run(argv: list[str]) -> int:
    """The command: prints the timeline and the checks; exit code 1 when one of them failed."""
    _parser().parse_args(argv)
    return verdict(run_loop(play_all(print)))


def verdict(checks: Checks) -> int:
    """Print how the checks went; the exit code that says the same."""
    print(f"\n核对 checks: {checks.passed} ✔  {len(checks.failures)} ✘")
    for failure in checks.failures:
        print(f"  ✘ {failure}")
    return EXIT_DIFFERENT if checks.failures else EXIT_OK


def _parser() -> BilingualParser:
    return BilingualParser(
        prog="qizhang demo",
        description="演示三份合同从签署到开票，并按规则核对 / play three contracts from signing to invoice, and check them",
    )
