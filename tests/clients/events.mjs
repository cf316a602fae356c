// Every schema of a folder: compiled strictly by ajv, and types of them for TypeScript, Go and Java made by quicktype.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ajvModule from "ajv/dist/2020.js";
import { InputData, JSONSchemaInput, quicktypeMultiFile } from "quicktype-core";

const [folder, target] = process.argv.slice(2);
const schemas = readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
  .map((name) => [name.slice(0, -".json".length), readFileSync(join(folder, name), "utf-8")]);

const ajv = new ajvModule.default({ strict: true, allowUnionTypes: true, strictRequired: false, validateFormats: false,
  keywords: ["x-topic"] });
for (const [, text] of schemas) ajv.compile(JSON.parse(text));

const LANGUAGES = { typescript: { "just-types": true }, go: { package: "events" }, java: { package: "qizhang.events" } };
for (const [lang, rendererOptions] of Object.entries(LANGUAGES)) {
  const input = new JSONSchemaInput(undefined);
  for (const [name, schema] of schemas) await input.addSource({ name: name.replace(/[^a-zA-Z0-9]+/g, "-"), schema });
  const inputData = new InputData();
  inputData.addInput(input);
  const files = await quicktypeMultiFile({ inputData, lang, rendererOptions, outputFilename: lang === "java" ? "Events.java"
    : `events.${lang === "go" ? "go" : "ts"}` });
  for (const [name, { lines }] of files) {
    const file = join(target, lang, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lines.join("\n"));
  }
}
console.log(`${schemas.length} schemas`);
