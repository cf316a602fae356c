"""Bad input at the edge: each a clear answer with code and field, nothing submitted, the process alive."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from multidict import CIMultiDict

from tests.support.edge import GOOD_BODY, Edge, running_edge

BODY_BYTES_MAX = 4096
# So much is the whole answer to a header of 8 kB; as a header of a mail it was read for minutes.
CPU_S = 1.0


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """The running edge."""
    async with running_edge(tmp_path, body_bytes_max=BODY_BYTES_MAX) as running:
        yield running


async def refused(edge: Edge, response: Any, status: int) -> dict[str, Any]:
    """The problem of an answer, once it is certain that nothing was submitted and the next request works."""
    problem: dict[str, Any] = await response.json()
    assert (response.status, problem["status"]) == (status, status)
    assert edge.log.submitted == []
    assert problem["title_zh"]
    assert problem["title_en"]
    assert len(problem["trace_id"]) == 32
    assert (await edge.place()).status == 201
    return problem


LINE = b'{"name": "audit", "amount": "10.00"%s}'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param(b'{"order": "o-1", "lines": [], "urgent": true}', "/urgent", id="unknown field"),
        pytest.param(
            b'{"order": "o-1", "lines": [' + LINE % b', "tax": 1' + b"]}", "/lines/0/tax", id="unknown field inside"
        ),
        pytest.param(b'{"order": 7, "lines": []}', "/order", id="wrong type"),
        pytest.param(b'{"order": "o-1", "lines": {}}', "/lines", id="object for a list"),
        pytest.param(b'{"order": "o-1", "lines": [], "labels": {"a": "x"}}', "/labels/...", id="wrong value in a map"),
        pytest.param(b'{"order": "o-1"}', "/lines", id="missing field"),
        pytest.param(b'{"order": "no/slash", "lines": []}', "/order", id="no identifier"),
        pytest.param(b'{"order": "o-1", "lines": [{"name": "x", "amount": "1,0"}]}', "/lines/0/amount", id="no amount"),
        pytest.param(b'{"order": "o-1", "order": "o-2", "lines": []}', "/order", id="the same field twice"),
        pytest.param(
            b'{"order": "o-1", "lines": [], "attachment": {"a": 1, "a": 2}}',
            "/attachment/a",
            id="twice inside raw JSON",
        ),
        pytest.param(b"[]", "", id="a list for an object"),
        pytest.param(b"null", "", id="null for an object"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b'{"order": "o-1", "lines": []', "", id="cut off"),
        pytest.param(GOOD_BODY + b"x", "", id="something after the end"),
        pytest.param(b'\xef\xbb\xbf{"order": "o-1", "lines": []}', "", id="byte order mark"),
        pytest.param(b'{"order": "\xff", "lines": []}', "", id="invalid UTF-8"),
        pytest.param(b'{"order": "o-1", "lines": [], "note": "\\ud800"}', "/note", id="half a surrogate pair"),
        pytest.param(b'{"order": "o-1", "lines": [], "note": "a\\u0000b"}', "/note", id="the character NUL"),
        pytest.param(b'{"order": "o-1", "lines": [], "attachment": NaN}', "/attachment", id="not a number"),
        pytest.param(b'{"order": "o-1", "lines": [], "attachment": Infinity}', "/attachment", id="infinity"),
        pytest.param(b'{"order": "o-1", "lines": [], "attachment": ' + b"[" * 40 + b"]" * 40 + b"}", "", id="too deep"),
        pytest.param(b"[" * 4000, "", id="much too deep"),
    ],
)
async def test_a_malformed_body_is_400_and_names_the_field(edge: Edge, body: bytes, field: str) -> None:
    problem = await refused(edge, await edge.place(body), 400)
    assert (problem["code"], problem.get("field", "")) == ("INVALID_REQUEST", field)
    assert problem["detail"]


async def test_a_body_up_to_the_limit_is_read(edge: Edge) -> None:
    padded = GOOD_BODY + b" " * (BODY_BYTES_MAX - len(GOOD_BODY))
    assert (await edge.place(padded)).status == 201


async def test_a_body_that_announces_itself_as_too_long_is_413(edge: Edge) -> None:
    problem = await refused(edge, await edge.place(GOOD_BODY + b" " * BODY_BYTES_MAX), 413)
    assert problem["code"] == "BODY_TOO_LARGE"


async def test_a_body_that_turns_out_too_long_is_413(edge: Edge) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * (BODY_BYTES_MAX // 2)

    response = await edge.client.post("/desks/north/orders", data=chunks(), headers=edge.headers())
    problem = await refused(edge, response, 413)
    assert problem["code"] == "BODY_TOO_LARGE"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Type", "text/plain"),
        ("Content-Type", "application/json; charset=gb2312"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Type", "application/json; charset*=gb2312"),
        ("Content-Type", 'application/json; x="; charset=utf-16"'),
        ("Content-Type", "application/json, text/plain"),
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "identity, gzip"),
    ],
)
async def test_another_media_type_is_415(edge: Edge, header: str, value: str) -> None:
    sent = GOOD_BODY if header == "Content-Type" else b""
    problem = await refused(edge, await edge.place(sent, **{header: value}), 415)
    assert (problem["code"], problem["field"]) == ("UNSUPPORTED_MEDIA_TYPE", header)


async def test_every_header_that_tells_of_a_coding_is_read(edge: Edge) -> None:
    headers = CIMultiDict(edge.headers())
    headers.add("Content-Encoding", "identity")
    headers.add("Content-Encoding", "gzip")
    response = await edge.client.post("/desks/north/orders", data=b"", headers=headers)
    problem = await refused(edge, response, 415)
    assert problem["field"] == "Content-Encoding"


@pytest.mark.parametrize(
    "parameters",
    ["; charset=UTF-8", ';charset="utf-8"', "; profile=x", ";" * 8000, "; a=b" * 1500, "; " + "(" * 7000],
    ids=["charset", "quoted", "another", "semicolons", "many", "brackets"],
)
async def test_parameters_of_a_media_type_cost_nothing_and_fail_nothing(edge: Edge, parameters: str) -> None:
    before_s = time.process_time()
    assert (await edge.place(**{"Content-Type": "application/json" + parameters})).status == 201
    assert time.process_time() - before_s < CPU_S


@pytest.mark.parametrize("key", ["", "two words", "schlüssel", "k" * 129, '"open'])
async def test_an_idempotency_key_that_cannot_be_one_is_400(edge: Edge, key: str) -> None:
    problem = await refused(edge, await edge.place(key=key), 400)
    assert problem["field"] == "Idempotency-Key"


async def test_a_command_without_an_idempotency_key_is_400(edge: Edge) -> None:
    headers = edge.headers()
    del headers["Idempotency-Key"]
    response = await edge.client.post("/desks/north/orders", data=GOOD_BODY, headers=headers)
    problem = await refused(edge, response, 400)
    assert (problem["code"], problem["rule"]) == ("IDEMPOTENCY_KEY_MISSING", "R-420")


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match"])
async def test_a_header_that_comes_twice_is_400(edge: Edge, name: str) -> None:
    headers = CIMultiDict(edge.headers(If_Match='W/"1"'))
    headers.add(name, headers[name])
    response = await edge.client.post("/desks/north/orders", data=GOOD_BODY, headers=headers)
    assert (await refused(edge, response, 400))["field"] == name


@pytest.mark.parametrize("tag", ["3", "*", '"a"', 'W/"1", W/"2"', '"-1"', '"' + "9" * 19 + '"'])
async def test_an_if_match_that_names_no_version_is_400(edge: Edge, tag: str) -> None:
    problem = await refused(edge, await edge.place(If_Match=tag), 400)
    assert problem["field"] == "If-Match"


@pytest.mark.parametrize("desk", ["..%2f..", "%00", "a%20b", "-x", "x" * 65])
async def test_a_path_parameter_that_is_no_identifier_is_400(edge: Edge, desk: str) -> None:
    response = await edge.client.post(f"/desks/{desk}/orders", data=GOOD_BODY, headers=edge.headers())
    assert (await refused(edge, response, 400))["field"] == "desk"


async def test_an_unknown_path_is_404(edge: Edge) -> None:
    problem = await refused(edge, await edge.client.post("/nowhere", data=GOOD_BODY, headers=edge.headers()), 404)
    assert problem["code"] == "NO_SUCH_PATH"


async def test_a_method_that_a_path_has_not_is_405_and_lists_those_it_has(edge: Edge) -> None:
    response = await edge.client.delete("/orders/o-1", headers=edge.headers())
    problem = await refused(edge, response, 405)
    assert problem["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["Allow"] == "GET,HEAD"


@pytest.mark.parametrize(
    "authorization", ["", "Basic enhhbmc6c2VjcmV0", "Bearer", "Bearer ", "Bearer not.a.token", "Bearer " + "x" * 7000]
)
async def test_without_a_valid_token_it_is_401_before_the_body_is_looked_at(edge: Edge, authorization: str) -> None:
    headers = {**edge.headers(), "Authorization": authorization}
    response = await edge.client.post("/desks/north/orders", data=b"not JSON", headers=headers)
    problem = await refused(edge, response, 401)
    assert problem["code"] == "UNAUTHENTICATED"
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="qizhang"')


async def test_an_expired_token_is_401(edge: Edge) -> None:
    headers = edge.headers()
    edge.machine.advance(13 * 3600)
    response = await edge.client.post("/desks/north/orders", data=GOOD_BODY, headers=headers)
    assert (await refused(edge, response, 401))["detail"] == "the token has expired"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("colour=red", "colour"),
        ("cursor=a&cursor=b", "cursor"),
        ("cursor=%00", "cursor"),
        ("after_position=soon", "Ledger-Position"),
        ("after_position=-1", "Ledger-Position"),
    ],
)
async def test_a_query_parameter_that_a_read_does_not_know_is_400(edge: Edge, query: str, field: str) -> None:
    problem = await refused(edge, await edge.read(f"/orders?{query}"), 400)
    assert problem["field"] == field


async def test_a_parameter_on_a_command_is_refused_by_name_and_nothing_is_done(edge: Edge) -> None:
    """A command takes none: one that was ignored would be believed (`?dry_run=true`)."""
    response = await edge.client.post("/desks/north/orders?dry_run=true", data=GOOD_BODY, headers=edge.headers())
    problem = await refused(edge, response, 400)
    assert (problem["code"], problem["field"]) == ("INVALID_REQUEST", "dry_run")
    assert problem["data"]["detail_zh"]
