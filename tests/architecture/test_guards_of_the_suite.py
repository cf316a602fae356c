"""The guards of the test run itself: a skip is a failure, chance is repeatable, PostgreSQL is really there."""

from __future__ import annotations

import psycopg
import pytest

from shared.testing import backends
from tests.architecture.source import ROOT
from tests.support import ending

INNER_RUN = ("-p", "tests.support.no_skips", "-p", "no:asyncio")

PLANTED = {
    "a marked test": "@pytest.mark.skip(reason='planted')\ndef test_it(): pass\n",
    "a call in a test": "def test_it(): pytest.skip('planted')\n",
    "a call in a fixture": "@pytest.fixture\ndef it(): pytest.skip('planted')\ndef test_it(it): pass\n",
    "a whole module": "pytest.skip('planted', allow_module_level=True)\n",
    "a component that is not installed": "pytest.importorskip('planted', reason='planted')\n",
    "an expected failure": "@pytest.mark.xfail(reason='planted')\ndef test_it(): assert False\n",
    "an expected failure that passes": "@pytest.mark.xfail(reason='planted')\ndef test_it(): pass\n",
}


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED.keys())
def test_what_gives_no_verdict_fails(pytester: pytest.Pytester, source: str) -> None:
    pytester.makepyfile("import pytest\n" + source)
    result = pytester.runpytest_inprocess(*INNER_RUN)
    assert result.ret != pytest.ExitCode.OK
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 1
    assert not {"skipped", "xfailed", "xpassed", "passed"} & outcomes.keys()
    result.stdout.fnmatch_lines(["*planted*"])


def test_a_test_with_a_verdict_keeps_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_good(): pass\ndef test_bad(): assert False\n")
    pytester.runpytest_inprocess(*INNER_RUN).assert_outcomes(passed=1, failed=1)


def test_every_test_has_a_schema_of_its_own(fresh_schema: tuple[str, str]) -> None:
    dsn, schema = fresh_schema
    with backends.temporary_schema(dsn) as other, psycopg.connect(dsn) as connection:
        assert other != schema
        connection.execute(f"CREATE TABLE {schema}.a (i int)")
        connection.execute(f"CREATE TABLE {other}.a (i int)")


def test_a_backend_that_is_not_to_be_had_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "START_TIMEOUT_S", 0.0)
    nowhere = {backends.POSTGRES_DSN_VARIABLE: "postgresql://127.0.0.1:1/nowhere"}
    with pytest.raises(backends.BackendUnavailable, match=backends.POSTGRES_DSN_VARIABLE), backends.postgres(nowhere):
        pass
    monkeypatch.setattr(backends, "POSTGRES_PACKAGE", "not_installed")
    with pytest.raises(backends.BackendUnavailable, match="make install"), backends.postgres({}):
        pass


LEFT_OVER = {
    "a thread": (
        "import threading\ndef test_it(): threading.Thread(target=threading.Event().wait, name='planted').start()\n"
    ),
    "a loop of the ledger": (
        "import asyncio, threading\n"
        "def test_it(): threading.Thread(target=lambda: asyncio.run(asyncio.Event().wait()), name='planted').start()\n"
    ),
}


@pytest.mark.parametrize("source", LEFT_OVER.values(), ids=LEFT_OVER.keys())
def test_a_run_ends_and_names_what_it_had_to_end(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    monkeypatch.setenv(ending.WITHIN_VARIABLE, "0.2")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(source)
    result = pytester.runpytest_subprocess("-p", "tests.support.ending", "-p", "no:asyncio", timeout=60)
    assert result.ret == ending.EXIT_ENDED
    result.stderr.fnmatch_lines(["*still there:*planted*"])
