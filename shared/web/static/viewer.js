// Starts the bundled viewer on this ledger's own document; nothing is asked of any other host.
SwaggerUIBundle({
  dom_id: "#viewer",
  url: "openapi.json",
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  syntaxHighlight: false,
  persistAuthorization: false,
});
