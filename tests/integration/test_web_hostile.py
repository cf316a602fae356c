"""A stranger or a caller with a hostile body costs no more than his bytes, and holds nobody else up."""

from __future__ import annotations

import asyncio
import gzip
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import http_parser

from shared.config import BODY_BYTES_MAX_DEFAULT
from shared.kernel.threads import INLINE_BYTES_MAX
from shared.web import bodies, command_handler
from shared.web.app import create_app
from shared.web.edge import Clocks
from shared.web.loop_hold import HOLD_MAX_S, HoldWatch
from shared.web.server import serving
from tests.support.edge import GOOD_BODY, Edge, running_edge

MEGABYTES = 2 * 1024 * 1024


async def test_a_compressed_body_is_refused_before_a_byte_of_it_is_inflated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def inflate(*given: Any, **named: Any) -> Any:
        raise AssertionError("inflated")

    monkeypatch.setattr(http_parser, "DeflateBuffer", inflate)
    packed = gzip.compress(b"0" * MEGABYTES)
    async with (
        running_edge(tmp_path) as edge,
        serving(_app_of(edge), "127.0.0.1", 0) as base_url,
        aiohttp.ClientSession() as session,
    ):
        for headers, status in ((edge.headers(), 415), ({"Content-Type": "application/json"}, 401)):
            sent = {**headers, "Content-Encoding": "gzip"}
            async with session.post(f"{base_url}/desks/north/orders", data=packed, headers=sent) as response:
                assert response.status == status, await response.text()
        assert edge.log.submitted == []


def _app_of(edge: Edge) -> Any:
    return create_app(
        [edge.served], verifier=edge.issuer.verifier(), clocks=Clocks(legal=edge.legal, machine=edge.machine)
    )


HOSTILE = {
    "a name made of places": b'{"' + rb"\" - at $" * (BODY_BYTES_MAX_DEFAULT // 10) + b'\\n": 1}',
    "many objects": b'{"order": [' + b"{}," * (BODY_BYTES_MAX_DEFAULT // 3 - 10) + b"{}]}",
    "many members": b'{"order": {' + b",".join(b'"%d":0' % n for n in range(BODY_BYTES_MAX_DEFAULT // 10)) + b"}}",
    "deep": b"[" * (BODY_BYTES_MAX_DEFAULT - 10),
    "escapes": b'{"note": "' + rb"\u4e00" * (BODY_BYTES_MAX_DEFAULT // 6 - 10) + b'", "x": 1}',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_the_largest_hostile_bodies_hold_the_loop_for_less_than_the_bound(tmp_path: Path, name: str) -> None:
    watch = HoldWatch()
    async with running_edge(tmp_path, body_bytes_max=BODY_BYTES_MAX_DEFAULT) as edge:
        ticking = asyncio.create_task(watch._watch())
        answers = await asyncio.gather(*(edge.place(HOSTILE[name], key=f"k-{n}") for n in range(4)))
        ticking.cancel()
    assert {answer.status for answer in answers} == {400}
    assert watch.longest_s < HOLD_MAX_S


@pytest.mark.parametrize(("size", "on_the_loop"), [(0, True), (INLINE_BYTES_MAX, False)])
async def test_a_body_that_costs_more_than_the_budget_is_decoded_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, on_the_loop: bool
) -> None:
    threads: list[int] = []

    def decoding(data: bytes, shape: Any) -> Any:
        threads.append(threading.get_ident())
        return bodies.decode_body(data, shape)

    monkeypatch.setattr(command_handler, "decode_body", decoding)
    async with running_edge(tmp_path, body_bytes_max=BODY_BYTES_MAX_DEFAULT) as edge:
        response = await edge.place(GOOD_BODY + b" " * size)
    assert response.status == 201
    assert [found == threading.get_ident() for found in threads] == [on_the_loop]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nbroken header\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 9000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n",
    ],
    ids=["a header without a colon", "a long path", "a long header", "TLS"],
)
async def test_what_is_no_http_costs_one_line_of_the_log_at_most_and_no_traceback(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async with running_edge(tmp_path) as edge, serving(_app_of(edge), "127.0.0.1", 0) as base_url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(base_url.rpartition(":")[2]))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b'{"status":"live"}')
        caplog.clear()
        with caplog.at_level("INFO"):
            writer.write(sent)
            assert (await reader.readline()).startswith(b"HTTP/1.0 400")
        writer.close()
    said = [record for record in caplog.records if record.name != "qizhang.access"]
    assert len(said) <= 1
    assert all(record.exc_info is None and len(record.getMessage()) < 300 for record in said), said
