"""What the scenarios have in common: the two parties, their people, and the bodies of drafts, files and prices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.cli.run import CUSTOMER, PROVIDER

Body = dict[str, Any]


class Holder(NamedTuple):
    """Who holds which role on which side; nobody is on both (R-423)."""

    side: str
    role: str
    subject: str


HOLDERS = (
    Holder("customer", "project_manager", "zhang"),
    Holder("customer", "acceptor", "li"),
    Holder("customer", "signatory", "zhao"),
    Holder("customer", "business_owner", "sun"),
    Holder("customer", "project_director", "qian"),
    Holder("provider", "project_manager", "wang"),
    Holder("provider", "signatory", "chen"),
    Holder("provider", "business_owner", "liu"),
    Holder("provider", "project_director", "yang"),
)
SIGNING = ("signing", "")
WARRANTY_END = ("warranty_end", "")


def accepted(item: str) -> tuple[str, str]:
    """The condition that an item is accepted."""
    return "item_accepted", item


def line(line_id: str, name_zh: str, amount: str, *conditions: tuple[str, str]) -> Body:
    """A payment line with its conditions (R-222)."""
    return {
        "line_id": line_id,
        "name_zh": name_zh,
        "amount": amount,
        "conditions": [{"kind": kind, "item": item} for kind, item in conditions],
    }


def price(list_price: str, discount: str, total: str, lines: Iterable[Body]) -> Body:
    """A price of one row, and its payment plan."""
    row = {"name_zh": "标准交付服务", "list_price": list_price, "discount": discount, "price": total}
    return {"price_rows": [row], "price_total": total, "payment_lines": list(lines)}


def draft(contract: str, service: str, name: str, priced: Body, parameters: Mapping[str, str] | None = None) -> Body:
    """A draft between the two parties with everybody who may act."""
    return {
        "contract": contract,
        "number": f"HT-{contract}",
        "name": name,
        "catalog_service": service,
        "customer": {"organisation": CUSTOMER, "name": "华东某制造集团有限公司", "tax_id": "91310000MA1AAAAA1X"},
        "provider": {"organisation": PROVIDER, "name": "契账云计算有限公司", "tax_id": "91330000MA2BBBBB2Y"},
        "roles": [holder._asdict() for holder in HOLDERS],
        "parameters": dict(parameters or {}),
        **priced,
    }


def file(name: str) -> Body:
    """A file by its name and hash; the ledger never holds the content."""
    content = name.encode()
    return {
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "media_type": "application/pdf",
    }


def submission(deliverable: str, version: int = 1) -> Body:
    """One file as a version of a deliverable."""
    return {"deliverable": deliverable, "files": [file(f"{deliverable}-v{version}.pdf")]}
