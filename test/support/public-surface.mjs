// Prints, as JSON, what each declaration file of a project exports, and what its exports name that none of the
// files does. By Node, because Bun 1.4.5 cannot run TypeScript's API. Arguments: the tsconfig.json, and the folder
// whose declarations are ours.
import { dirname } from "node:path";
import process from "node:process";
import {
  isExpressionWithTypeArguments,
  isImportTypeNode,
  isTypeQueryNode,
  isTypeReferenceNode,
} from "typescript/unstable/ast";
import { API, SymbolFlags } from "typescript/unstable/sync";

const [config = "", ours = ""] = process.argv.slice(2);
const api = new API({ cwd: dirname(config) });
const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
const { checker, program } = project;

/** What an import or a re-export stands for. */
const original = (symbol) => (symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

const modules = api.parseConfigFile(config).fileNames.map((path) => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(path));
  return { path, exports: checker.getExportsOfModule(module) };
});
const everywhere = new Set(modules.flatMap(({ exports }) => exports.map((symbol) => original(symbol).id)));

const surface = modules.map(({ path, exports }) => {
  const symbols = exports.map((symbol) => ({ name: symbol.name, symbol: original(symbol) }));
  const names = (keep) =>
    symbols
      .filter(keep)
      .map(({ name }) => name)
      .sort();
  return {
    path,
    names: names(() => true),
    undocumented: names(({ symbol }) => checker.getDocumentationCommentOfSymbol(symbol) === ""),
    forgotten: symbols.flatMap(({ name, symbol }) =>
      symbol.declarations.flatMap((handle) => forgottenIn(handle.resolve(project), name)),
    ),
  };
});
process.stdout.write(JSON.stringify(surface));
api.close();

/** The types of ours that a declaration names and that no module exports. */
function forgottenIn(node, by) {
  const found = [];
  const visit = (child) => {
    const reference = referenceOf(child);
    const symbol = reference && checker.getSymbolAtLocation(reference);
    if (symbol && isForgotten(original(symbol))) found.push(`${by} names ${original(symbol).name}`);
    child.forEachChild(visit);
  };
  visit(node);
  return found;
}

function referenceOf(node) {
  if (isTypeReferenceNode(node)) return node.typeName;
  if (isTypeQueryNode(node)) return node.exprName;
  if (isImportTypeNode(node)) return node.qualifier;
  return isExpressionWithTypeArguments(node) ? node.expression : undefined;
}

function isForgotten(symbol) {
  const isExported = everywhere.has(symbol.id) || symbol.flags & SymbolFlags.TypeParameter;
  return !isExported && symbol.declarations.some(({ path }) => path.startsWith(ours));
}
