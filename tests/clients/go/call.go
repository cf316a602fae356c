// A draft, a list and an error: arguments are the address, a token, the file of the draft and the id of the contract.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"qizhang/clients/ledger"
)

func main() {
	address, token, file, id := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	configuration := ledger.NewConfiguration()
	configuration.Servers = ledger.ServerConfigurations{{URL: address}}
	contracts := ledger.NewAPIClient(configuration).ContractsAPI
	asked := context.WithValue(context.Background(), ledger.ContextAccessToken, token)

	body, err := os.ReadFile(file)
	check(err)
	var draft ledger.DraftContract
	check(json.Unmarshal(body, &draft))
	draft.Contract = id
	drafted, _, err := contracts.DraftContract(asked).IdempotencyKey("go-1").DraftContract(draft).Execute()
	check(err)
	page, _, err := contracts.ListContracts(asked).LedgerPosition("contracts=" + drafted.GetPosition()).Execute()
	check(err)
	listed := false
	for _, contract := range page.Items {
		listed = listed || contract.Contract == id
	}
	said := map[string]any{
		"outcome": drafted.Outcome, "items": drafted.Made["items"], "listed": listed, "next": page.Next != "",
		"amount": draft.PaymentLines[0].Amount,
	}

	draft.Name = "另一份合同"
	_, _, err = contracts.DraftContract(asked).IdempotencyKey("go-2").DraftContract(draft).Execute()
	var refused *ledger.GenericOpenAPIError
	if !errors.As(err, &refused) {
		check(fmt.Errorf("no refusal: %v", err))
	}
	problem := refused.Model().(ledger.Problem)
	said["status"], said["code"], said["title_zh"] = problem.Status, problem.Code, problem.TitleZh
	check(json.NewEncoder(os.Stdout).Encode(said))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
