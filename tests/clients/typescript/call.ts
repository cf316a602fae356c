// A draft, a list and an error: arguments are the address, a token, the file of the draft and the id of the contract.
import { readFileSync } from "node:fs";
import { Configuration, ContractsApi, DraftContractFromJSON, ProblemFromJSON, ResponseError } from "./ledger/index.js";
import type { paths } from "./ledger.types.js";

const [address, token, file, id] = process.argv.slice(2) as [string, string, string, string];
const contracts = new ContractsApi(new Configuration({ basePath: address, accessToken: token }));
const draft = { ...DraftContractFromJSON(JSON.parse(readFileSync(file, "utf-8"))), contract: id };

const drafted = await contracts.draftContract({ idempotencyKey: "typescript-1", draftContract: draft });
const page = await contracts.listContracts({ ledgerPosition: `contracts=${drafted.position}` });
const amount: string = draft.paymentLines[0]!.amount;
const said: Record<string, unknown> = {
  outcome: drafted.outcome,
  items: drafted.made?.["items"],
  listed: page.items.some((contract) => contract.contract === id),
  next: page.next !== "",
  amount,
};

// The types of openapi-typescript, for those who call `fetch` themselves.
type Refusal = paths["/contracts"]["post"]["responses"]["409"]["content"]["application/problem+json"];
try {
  await contracts.draftContract({ idempotencyKey: "typescript-2", draftContract: { ...draft, name: "另一份合同" } });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  const plain = (await error.response.json()) as Refusal;
  const problem = ProblemFromJSON(plain);
  Object.assign(said, { status: plain.status, code: problem.code, title_zh: plain.title_zh });
}
console.log(JSON.stringify(said));
