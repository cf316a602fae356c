"""The API's document follows from the routes and is valid; its viewer is bundled and asks nothing of any other host."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
from openapi_spec_validator import validate

from shared.identity.issuer import DevelopmentIssuer
from shared.kernel.clock import SystemLegalClock, SystemMachineClock
from shared.web.app import create_app
from shared.web.edge import Clocks, ServedService
from shared.web.openapi import openapi_document
from tests.architecture.source import ROOT
from tests.support.edge import ROUTES, SEALER, Edge, ScriptedLog, ScriptedReader, running_edge


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """The running edge."""
    async with running_edge(tmp_path) as running:
        yield running


async def test_the_document_is_valid_open_api_and_needs_no_token(edge: Edge) -> None:
    response = await edge.client.get("/openapi.json")
    document = await response.json()
    validate(document)
    assert response.status == 200
    assert document["openapi"].startswith("3.1")
    assert "jsonSchemaDialect" not in document


def test_a_command_documents_its_headers_body_and_every_answer() -> None:
    operation = openapi_document(ROUTES)["paths"]["/desks/{desk}/orders"]["post"]
    listed = operation["parameters"]
    parameters = {parameter.get("name") or parameter["$ref"].rpartition("/")[2] for parameter in listed}
    assert parameters == {"desk", "IdempotencyKey", "IfMatch"}
    assert set(operation["responses"]) >= {"200", "201", "202", "400", "401", "403", "409", "412", "413", "422", "503"}
    assert operation["summary"] == "下单 · Place an order"
    assert "R-420" in operation["description"]


def test_a_read_documents_its_parameters() -> None:
    operation = openapi_document(ROUTES)["paths"]["/orders"]["get"]
    assert operation["parameters"][0] == {
        "name": "cursor",
        "in": "query",
        "description": "本列表上一页给出的 next · `next` of the previous page of this list",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 4096},
    }


def test_the_document_does_not_depend_on_the_order_of_the_routes() -> None:
    assert openapi_document(ROUTES) == openapi_document(tuple(reversed(ROUTES)))


async def test_the_viewer_comes_from_here_alone(edge: Edge) -> None:
    page = await edge.client.get("/docs")
    text = await page.text()
    policy = page.headers["Content-Security-Policy"]
    assert page.content_type == "text/html"
    assert "//" not in text.replace("<!doctype", "")
    assert "unsafe-eval" not in policy
    assert not re.search(r"https?:", policy)
    for asset in re.findall(r'(?:src|href)="([^"]+)"', text):
        response = await edge.client.get(f"/{asset}")
        assert response.status == 200
        assert response.content_type in ("text/javascript", "text/css")


def test_the_licence_lies_beside_the_viewer() -> None:
    folder = files("shared.web").joinpath("static", "swagger-ui")
    assert "Apache License" in folder.joinpath("LICENSE.txt").read_text()
    assert "SmartBear" in folder.joinpath("NOTICE.txt").read_text()


def served(*services: tuple[str, Any]) -> None:
    """Build an application of these services."""
    create_app(
        [
            ServedService(
                name=name, routes=routes, log=cast(Any, ScriptedLog()), reader=ScriptedReader(), sealer=SEALER
            )
            for name, routes in services
        ],
        verifier=cast(DevelopmentIssuer, None),
        clocks=Clocks(legal=SystemLegalClock(), machine=SystemMachineClock()),
    )


def test_several_services_share_one_application() -> None:
    moved = tuple(
        replace(route, path=f"/more{route.path}", operation_id=f"{route.operation_id}Too") for route in ROUTES
    )
    served(("toy", ROUTES), ("more", moved))


def test_two_routes_that_claim_the_same_path_or_name_stop_the_start() -> None:
    with pytest.raises(ValueError, match=r"two routes claim .*/orders.*placeOrder"):
        served(("toy", ROUTES), ("toy2", ROUTES))


def test_the_committed_document_of_all_services_is_valid_and_in_both_languages() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    validate(document)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 40
    for operation in operations:
        chinese, _, english = operation["summary"].partition(" · ")
        assert english.isascii()
        assert not chinese.isascii()


def test_every_header_and_path_parameter_has_a_pattern_that_takes_what_the_ledger_takes() -> None:
    document = openapi_document(ROUTES)
    shown = {**document["components"]["parameters"], **document["components"]["headers"]}
    language = shown.pop("Content-Language")
    assert language["schema"]["enum"] == ["zh", "en"]
    patterns = {name: about["schema"]["pattern"] for name, about in shown.items()}
    for path in document["paths"].values():
        for operation in path.values():
            patterns |= {
                one["name"]: one["schema"]["pattern"] for one in operation["parameters"] if one.get("in") == "path"
            }
    examples = {
        "IdempotencyKey": ("k-1", '"k-1"', "a" * 128),
        "IfMatch": ('"5"', 'W/"5"'),
        "ETag": ('W/"5"',),
        "LedgerPosition": (SEALER.position("demo", 7), f"toy={SEALER.position('demo', 7)}, contracts=x"),
        "AfterPosition": (f"toy={SEALER.position('demo', 7)}",),
        "Ledger-Position": (f"toy={SEALER.position('demo', 7)}",),
        "Location": ("/orders/o-1",),
        "Retry-After": ("1",),
        "WWW-Authenticate": ('Bearer realm="qizhang"',),
        "desk": ("north",),
        "order": ("o-1",),
    }
    assert patterns.keys() == examples.keys()
    for name, texts in examples.items():
        assert all(re.search(patterns[name], text) for text in texts), name
        assert not re.search(patterns[name], " ") and not re.search(patterns[name], ""), name


def test_what_passes_says_when_to_come_back() -> None:
    responses = openapi_document(ROUTES)["components"]["responses"]
    assert {name for name, about in responses.items() if "Retry-After" in about.get("headers", {})} == {
        "TooManyRequests",
        "Unavailable",
    }


def test_what_is_answered_is_typed_for_clients_and_what_is_asked_is_as_it_is_taken() -> None:
    """Members that are always there are required, instants parse, whole numbers have 64 bits, amounts stay texts."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    deadline, line, taken = schemas["DeadlineAnswer"], schemas["LineAnswer"], schemas["RecordUse"]
    assert set(deadline["required"]) == set(deadline["properties"])
    assert deadline["properties"]["due_at"]["format"] == "date-time"
    assert "pattern" not in deadline["properties"]["due_at"]
    assert "pattern" in taken["properties"]["used_at"] and "format" not in taken["properties"]["used_at"]
    assert (
        line["properties"]["amount"].keys() >= {"type", "pattern"} and line["properties"]["amount"]["type"] == "string"
    )
    assert schemas["FileRef"]["properties"]["size_bytes"]["format"] == "int64"
    text = json.dumps(document)
    assert '"type": "number"' not in text and '"default": {}' not in text
    assert set(schemas["Problem"]["required"]).isdisjoint({"rule", "field", "detail", "data", "events"})


def test_every_list_always_has_a_cursor_to_go_on_from() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    pages = {name: schema for name, schema in document["components"]["schemas"].items() if name.endswith("Page")}
    assert len(pages) >= 9
    for name, schema in pages.items():
        assert (schema["properties"]["next"]["type"], schema["required"]) == ("string", ["items", "next"]), name


def test_a_parameter_of_a_few_words_or_numbers_says_which() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))
    asked = {
        (operation["operationId"], parameter["name"]): parameter
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation["parameters"]
        if "name" in parameter
    }
    assert "under_review" in asked["readBoard", "state"]["schema"]["enum"]
    assert asked["listInvoiceRequests", "limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 100}
    assert asked["listDue", "mine"]["schema"] == {"type": "boolean"}
    assert asked["compareEditions", "one"]["required"] and asked["compareEditions", "other"]["required"]
    for (operation, name), parameter in asked.items():
        schema = parameter["schema"]
        bounded = {"enum", "pattern", "maximum", "maxLength"} & schema.keys() or schema["type"] == "boolean"
        assert bounded, (operation, name)
