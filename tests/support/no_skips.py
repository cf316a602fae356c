"""A pytest plugin: a test that is skipped, or expected to fail, fails. What was not run was not tested."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A skip or an expected failure in a test or in one of its fixtures."""
    report = yield
    return _judged(report, item.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A skip of a whole module."""
    report = yield
    return _judged(report, collector.nodeid)


def _judged(report: R, node: str) -> R:
    expected = report.__dict__.pop("wasxfail", None)
    if report.skipped or expected is not None:
        reason = f"expected to fail: {expected}" if expected is not None else f"skipped: {_skip_text(report)}"
        report.outcome = "failed"
        report.longrepr = f"{node} gave no verdict ({reason}); a missing component has to fail"
    return report


def _skip_text(report: pytest.TestReport | pytest.CollectReport) -> str:
    match report.longrepr:
        case (_, _, str(text)):
            return text
        case other:
            return str(other)
