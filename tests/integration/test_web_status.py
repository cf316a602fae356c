"""`/statusz` answers operators, and nobody else (R-424)."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from shared.web.status import status_route
from tests.support.edge import running_edge


class Status(Struct):
    """Where something stands."""

    head: int


async def status() -> Status:
    """As scripted."""
    return Status(head=42)


async def test_r_424_where_a_process_stands_is_for_operators_only(tmp_path: Path) -> None:
    async with running_edge(tmp_path, operations=[status_route(status)]) as edge:
        statuses = {}
        for grants in ((), ("auditor",), ("operator",)):
            headers = {"Authorization": f"Bearer {edge.token(grants=grants)}"}
            async with edge.client.get("/statusz", headers=headers) as response:
                statuses[grants] = response.status, await response.json()
        assert statuses["operator",] == (200, {"head": 42})
        for grants in ((), ("auditor",)):
            assert (statuses[grants][0], statuses[grants][1]["code"]) == (404, "NO_SUCH_PATH")
        async with edge.client.get("/statusz") as response:
            assert response.status == 401
        async with edge.client.get("/openapi.json") as response:
            assert "/statusz" not in (await response.json())["paths"]
