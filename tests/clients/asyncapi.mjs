// Reads an AsyncAPI document with the parser that the usual tools are built on; fails on an error.
import { readFileSync } from "node:fs";
import parserModule from "@asyncapi/parser";

const { document, diagnostics } = await new parserModule.Parser().parse(readFileSync(process.argv[2], "utf-8"));
const errors = diagnostics.filter((found) => found.severity === 0);
for (const found of errors) console.error(found.code, found.message, found.path.join("."));
if (errors.length > 0 || document === undefined) process.exit(1);
console.log(`${document.channels().all().length} channels, ${document.messages().all().length} messages`);
