"""A token never shows in a log or an answer, whether it is believed or not, whether a request works or not."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.telemetry.logs import configure_logging
from tests.support.edge import GOOD_BODY, running_edge


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that the process logs, down to DEBUG, as it is written."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("contracts", "DEBUG", stream)
    yield stream
    root.handlers[:], root.level = handlers, level


def parts_of(token: str) -> list[str]:
    """What must not show: the segments of a token that somebody could put together again."""
    return [segment for segment in token.split(".")[1:] if len(segment) > 8]


async def test_tokens_show_neither_in_logs_nor_in_answers(tmp_path: Path, written: io.StringIO) -> None:
    async with running_edge(tmp_path) as edge:

        def fail(command: object) -> None:
            raise ZeroDivisionError(f"while holding Bearer {good}")

        good = edge.token()
        forged = good[:-4] + "AAAA"
        answers = []
        for token in (good, forged, "x" * 40 + "." + "y" * 40 + "." + "z" * 40):
            headers = {**edge.headers(), "Authorization": f"Bearer {token}"}
            for body in (GOOD_BODY, b"{"):
                response = await edge.client.post("/desks/north/orders", data=body, headers=headers)
                answers.append(await response.text())
        edge.log.decide = fail  # type: ignore[assignment]
        answers.append(await (await edge.place()).text())
    shown = written.getvalue() + "".join(answers)
    assert '"status":201' in written.getvalue()
    assert "not authenticated: the signature of the token does not hold" in written.getvalue()
    assert "ZeroDivisionError" in written.getvalue()
    assert "UNEXPECTED" in answers[-1]
    for secret in [*parts_of(good), forged.split(".")[2], "x" * 40, "y" * 40, "z" * 40]:
        assert secret not in shown


async def test_the_access_log_says_who_asked_for_what(tmp_path: Path, written: io.StringIO) -> None:
    async with running_edge(tmp_path) as edge:
        await edge.place()
    (line,) = [line for line in written.getvalue().splitlines() if "qizhang.access" in line]
    for member in (
        '"method":"POST"',
        '"route":"/desks/{desk}/orders"',
        '"path":"/desks/north/orders"',
        '"status":201',
        '"tenant":"demo"',
        '"organisation":"acme"',
        '"subject":"zhang"',
    ):
        assert member in line
