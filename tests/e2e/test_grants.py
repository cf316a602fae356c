"""A grant works in its tenant (R-424): what moves every tenant's deadlines is the reserved tenant's alone."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from services.cli.run import TENANT, Person
from services.demo.player import Player
from shared.kernel.actors import CATALOG_TENANT
from tests.e2e.world import CONTRACT, signed

ADMINISTRATOR = Person("zhou-qi", "operations", "目录管理", "catalogue", ("catalog_admin",))
COMMANDS = (
    (
        "/catalog/calendars/cn/years",
        {"year": {"year": 2027, "days": [], "source": "s", "notice": "n", "published_on": "2027-01-05"}},
    ),
    ("/catalog/services/alibaba-1/retire", {"reason": "停售"}),
)


@pytest.mark.parametrize("tenant", [TENANT, "other"])
async def test_a_catalogue_administrator_of_a_tenant_publishes_nothing(
    embedded: Player, session: ClientSession, tenant: str
) -> None:
    token = embedded.world.token(ADMINISTRATOR, tenant)
    before = await embedded.world.heads()
    for path, body in COMMANDS:
        sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "year"}
        async with session.post(embedded.world.address(path), json=body, headers=sent) as response:
            problem = await response.json()
            assert (response.status, problem["code"]) == (403, "NOT_CATALOG_ADMIN"), problem
    assert await embedded.world.heads() == before


async def test_the_reserved_tenant_s_administrator_retires_a_service(embedded: Player, session: ClientSession) -> None:
    token = embedded.world.token(ADMINISTRATOR, CATALOG_TENANT)
    path, body = COMMANDS[1]
    sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": "year"}
    async with session.post(embedded.world.address(path), json=body, headers=sent) as response:
        assert response.status == 200, await response.text()


@pytest.mark.parametrize("grant", ["auditor", "finance", "operator", "catalog_admin"])
async def test_a_grant_of_another_tenant_sees_nothing(embedded: Player, session: ClientSession, grant: str) -> None:
    await signed(embedded)
    for tenant in ("other", CATALOG_TENANT):
        token = embedded.world.token(Person("stranger", "acme", "", "", (grant,)), tenant)
        headers = {"Authorization": f"Bearer {token}"}
        for path in (f"/contracts/{CONTRACT}", f"/contracts/{CONTRACT}/timeline"):
            async with session.get(embedded.world.address(path), headers=headers) as response:
                assert response.status == 404, (tenant, path)
        for path in ("/contracts", "/due", "/acceptance-board", "/invoice-requests", "/notices/deliveries"):
            async with session.get(embedded.world.address(path), headers=headers) as response:
                assert (await response.json())["items"] == [], (tenant, path)
