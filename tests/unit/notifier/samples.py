"""A contract as the notifier knows it from the published language."""

from __future__ import annotations

from decimal import Decimal

from shared.kernel.instants import Instant
from shared.public_events.contracts import ContractSigned
from shared.public_events.terms import ItemTerm, Party, RoleHolder, Terms

LONG_AGO: Instant = "2026-01-01T00:00:00.000Z"


def signed() -> ContractSigned:
    """A signed contract of acme and cloud whose acceptor is wang."""
    terms = Terms(
        contract="C1",
        version=1,
        number="HT-1",
        name="数据中台咨询",
        catalog_service="alibaba-1",
        catalog_revision=1,
        catalog_sha256="0" * 64,
        customer=Party(side="customer", organisation="acme", name="甲公司"),
        provider=Party(side="provider", organisation="cloud", name="乙公司"),
        price_rows=(),
        price_total=Decimal("0.00"),
        payment_lines=(),
        deliverables=(),
        items=(ItemTerm(item_id="i1", name_zh="全部交付物", layer="set", profile="A-WRITTEN-5WD-AUTO"),),
    )
    acceptor = RoleHolder(role="acceptor", side="customer", issuer="idp", subject="wang", held_from=LONG_AGO)
    return ContractSigned(contract="C1", terms=terms, roles=(acceptor,), signatures=())
