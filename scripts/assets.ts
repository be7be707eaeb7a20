// Makes what the routes send to browsers, of src/dashboard and src/client: modules that hold it as text. They are
// committed, so that a checkout starts on any runtime without a further step; a test holds them against their sources.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BunPlugin } from "bun";

const root = fileURLToPath(new URL("..", import.meta.url));
const HEADER = "// Made by scripts/assets.ts; do not edit.\n";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><g fill="#2257d6" stroke="#2257d6" stroke-width="2.4"><circle cx="16" cy="16" r="4.5"/><path d="M16 11.5V5M12.1 18.3l-5.6 3.2M19.9 18.3l5.6 3.2"/><circle cx="16" cy="4.5" r="2"/><circle cx="5.8" cy="22" r="2"/><circle cx="26.2" cy="22" r="2"/></g></svg>`;

/** Each module that is made, with the text that its file has to have. */
export async function assets(): Promise<Record<string, string>> {
  return {
    "src/dashboard/page.built.ts": moduleOf({
      ICON: `data:image/svg+xml,${encodeURIComponent(ICON)}`,
      MARKUP: trimmed(read("src/dashboard/page.html")),
      STYLE: styleOf(read("node_modules/uplot/dist/uPlot.min.css") + read("src/dashboard/page.css")),
      SCRIPT: `${noticeOf("uplot")}${await bundle("src/dashboard/main.ts")}`,
    }),
    "src/client/client.built.ts": moduleOf({
      CLIENT: await bundle("src/client/index.ts", [besideIt]),
      CLIENT_SSE: await bundle("src/client/stream-link.ts"),
    }),
  };
}

/** What the client loads only where WebSockets are blocked stays a module of its own, by the name of its route. */
const besideIt: BunPlugin = {
  name: "beside it",
  setup: ({ onResolve }) =>
    void onResolve({ filter: /\/stream-link\.ts$/ }, () => ({ path: "./client-sse.js", external: true })),
};

async function bundle(entry: string, plugins: BunPlugin[] = []): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [root + entry],
    root,
    target: "browser",
    format: "esm",
    minify: true,
    plugins,
  });
  const text = await outputs[0]?.text();
  if (!text) throw new Error(`nothing came of ${entry}`);
  // Either would end the script in which it stands.
  if (/<\/script|<!--/i.test(text)) throw new Error(`${entry} has markup that ends a script`);
  return text.trim();
}

/** What a package's licence wants to be kept. */
function noticeOf(name: string): string {
  const { version } = JSON.parse(read(`node_modules/${name}/package.json`));
  return `/*! ${name} ${version}\n${read(`node_modules/${name}/LICENSE`).trim()}\n*/\n`;
}

function styleOf(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};>]) ?/g, "$1")
    .replace(/([:,]) /g, "$1")
    .replace(/;}/g, "}")
    .trim();
}

function trimmed(html: string): string {
  return html.replace(/^\s+(?=<)/gm, "");
}

function moduleOf(texts: Record<string, string>): string {
  const lines = Object.entries(texts).map(
    ([name, text]) => `export const ${name}: string = ${JSON.stringify(text)};\n`,
  );
  return HEADER + lines.join("");
}

function read(path: string): string {
  return readFileSync(root + path, "utf8").replaceAll("\r\n", "\n");
}

if (import.meta.main)
  for (const [path, text] of Object.entries(await assets())) {
    writeFileSync(root + path, text);
    console.log(`${path}: ${text.length} bytes`);
  }
