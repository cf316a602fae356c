"""A draft, a list and an error, by the client of openapi-generator.

Arguments are the address, a token, the file of the draft and the id of the contract.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ledger import ApiClient, ApiException, Configuration, ContractsApi, DraftContract, Problem


def main() -> None:
    """Say on standard output what the ledger answered."""
    address, token, file, contract = sys.argv[1:5]
    contracts = ContractsApi(ApiClient(Configuration(host=address, access_token=token)))
    draft = DraftContract.from_dict({**json.loads(Path(file).read_text("utf-8")), "contract": contract})
    assert draft is not None
    drafted = contracts.draft_contract("python-1", draft)
    page = contracts.list_contracts(ledger_position=f"contracts={drafted.position}")
    amount: str = draft.payment_lines[0].amount
    said: dict[str, object] = {
        "outcome": drafted.outcome,
        "items": (drafted.made or {})["items"],
        "listed": contract in [listed.contract for listed in page.items],
        "next": page.next != "",
        "amount": amount,
    }
    try:
        contracts.draft_contract("python-2", draft.model_copy(update={"name": "另一份合同"}))
    except ApiException as error:
        problem = error.data
        assert isinstance(problem, Problem)
        said |= {"status": problem.status, "code": problem.code, "title_zh": problem.title_zh}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
