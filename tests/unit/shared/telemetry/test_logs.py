"""JSON logs: one line a record, with the trace id, and with nothing in it that looks like a credential."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.trace import SpanKind

from shared.telemetry.logs import FIELDS, JsonFormatter, configure_logging, masked
from shared.telemetry.spans import current_trace_id, entry_span


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """The logs of this process as the ledger writes them."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    written = io.StringIO()
    configure_logging("contracts", "INFO", written)
    yield written
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """What was written, decoded."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_line_with_time_level_service_and_fields(stream: io.StringIO) -> None:
    logging.getLogger("qizhang.test").warning("two\nlines", extra={FIELDS: {"batch": 3}})
    (line,) = lines(stream)
    assert line["message"] == "two\nlines"
    assert (line["level"], line["service"], line["logger"], line["batch"]) == (
        "warning",
        "contracts",
        "qizhang.test",
        3,
    )
    assert len(line["time"]) == len("2026-03-02T01:30:00.000Z")
    assert line["trace_id"] == ""


def test_a_record_inside_a_request_carries_its_trace_id(stream: io.StringIO) -> None:
    with entry_span("request", parent=None, kind=SpanKind.SERVER, semantic={}):
        trace_id = current_trace_id()
        logging.getLogger("qizhang.test").info("inside")
    assert len(trace_id) == 32
    assert lines(stream)[0]["trace_id"] == trace_id


def test_a_traceback_is_part_of_the_line(stream: io.StringIO) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("qizhang.test").exception("failed")
    assert "ValueError: broken" in lines(stream)[0]["exception"]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijklmnop",
        "authorization: basic enhhbmc6c2VjcmV0",
        "got eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ6aGFuZyJ9.c2lnbmF0dXJl here",
        "cut off eyJhbGciOiJFZERTQSJ9.eyJzdWIi",
        "key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "postgresql://ledger:hunter2hunter2@db/contracts",
    ],
)
def test_what_looks_like_a_credential_is_masked(text: str) -> None:
    shown = masked(text)
    assert "***" in shown
    for secret in ("abcdefgh", "enhhbmc6", "eyJ", "whsec_M", "hunter2"):
        assert secret not in shown


def test_ordinary_text_stays_as_it_is() -> None:
    text = "POST /contracts/C-1/sign 201, bearer of bad news, https://login.example/path"
    assert masked(text) == text


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "message", None, None)
    record.fields = {"path": object}
    assert json.loads(JsonFormatter("contracts").format(record))["path"] == "<class 'object'>"


async def test_lines_of_one_turn_of_the_loop_are_written_together_and_warnings_at_once(stream: io.StringIO) -> None:
    log = logging.getLogger("qizhang.test")
    log.info("one")
    log.info("two")
    assert lines(stream) == []
    log.warning("three")
    assert [line["message"] for line in lines(stream)] == ["one", "two", "three"]
    log.info("four")
    await asyncio.to_thread(log.info, "five")
    assert [line["message"] for line in lines(stream)][3:] == ["four", "five"]


def test_what_a_loop_left_behind_is_written_when_the_process_ends(stream: io.StringIO) -> None:
    loop = asyncio.new_event_loop()
    loop.call_soon(loop.stop)
    loop.call_soon(logging.getLogger("qizhang.test").info, "last words")
    loop.run_forever()
    loop.close()
    assert lines(stream) == []
    logging.getLogger().handlers[0].flush()
    assert lines(stream)[-1]["message"] == "last words"
