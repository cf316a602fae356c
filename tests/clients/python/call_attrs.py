"""The same by the client of openapi-python-client."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ledger_attrs import AuthenticatedClient
from ledger_attrs.api.contracts import draft_contract, list_contracts
from ledger_attrs.models import CommandAnswer, ContractPage, DraftContract, Problem


def main() -> None:
    """Say on standard output what the ledger answered."""
    address, token, file, contract = sys.argv[1:5]
    client = AuthenticatedClient(base_url=address, token=token)
    draft = DraftContract.from_dict({**json.loads(Path(file).read_text("utf-8")), "contract": contract})
    drafted = draft_contract.sync(client=client, body=draft, idempotency_key="attrs-1")
    assert isinstance(drafted, CommandAnswer)
    page = list_contracts.sync(client=client, ledger_position=f"contracts={drafted.position}")
    assert isinstance(page, ContractPage)
    amount: str = draft.payment_lines[0].amount
    draft.name = "另一份合同"
    problem = draft_contract.sync(client=client, body=draft, idempotency_key="attrs-2")
    assert isinstance(problem, Problem)
    said = {
        "outcome": str(drafted.outcome),
        "items": drafted.to_dict()["made"]["items"],
        "listed": contract in [listed.contract for listed in page.items],
        "next": page.next_ != "",
        "amount": amount,
        "status": problem.status,
        "code": problem.code,
        "title_zh": problem.title_zh,
    }
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
