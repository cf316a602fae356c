import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import qizhang.client.api.ContractsApi;
import qizhang.client.invoker.ApiClient;
import qizhang.client.invoker.ApiException;
import qizhang.client.model.CommandAnswer;
import qizhang.client.model.ContractPage;
import qizhang.client.model.DraftContract;
import qizhang.client.model.Problem;

/** A draft, a list and an error: arguments are the address, a token, the file of the draft and the id of the contract. */
public final class Call {
  public static void main(String[] given) throws Exception {
    ApiClient client = new ApiClient();
    client.updateBaseUri(given[0]);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + given[1]));
    ContractsApi contracts = new ContractsApi(client);
    ObjectMapper mapper = client.getObjectMapper();
    DraftContract draft = mapper.readValue(Files.readString(Path.of(given[2])), DraftContract.class).contract(given[3]);
    CommandAnswer drafted = contracts.draftContract("java-1", draft, null);
    ContractPage page = contracts.listContracts(null, "contracts=" + drafted.getPosition(), null);
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("outcome", drafted.getOutcome().toString());
    said.put("items", drafted.getMade().get("items"));
    said.put("listed", page.getItems().stream().anyMatch(contract -> contract.getContract().equals(given[3])));
    said.put("next", !page.getNext().isEmpty());
    said.put("amount", draft.getPaymentLines().get(0).getAmount());
    try {
      contracts.draftContract("java-2", draft.name("另一份合同"), null);
    } catch (ApiException error) {
      Problem problem = mapper.readValue(error.getResponseBody(), Problem.class);
      said.put("status", problem.getStatus());
      said.put("code", problem.getCode());
      said.put("title_zh", problem.getTitleZh());
    }
    System.out.println(new ObjectMapper().writeValueAsString(said));
  }
}
