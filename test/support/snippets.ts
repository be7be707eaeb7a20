import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { eventually } from "./deadline.ts";
import { ROOT, type Target, targets } from "./targets.ts";

/** What stands in a document's code blocks of this language, in order. */
export function blocksOf(document: string, language: string): string[] {
  return [...document.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "gs"))].map(
    ([, text = ""]) => text,
  );
}

/** What runs a file on this target; the file's path follows. */
export function programOf(name: Target["name"]): readonly string[] {
  return targets[name].script("").slice(0, -1);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/**
 * Runs a snippet that listens on port 3000, on a port of its own in its place.
 * @param folder Where its file is put: in the project, so that the package finds itself by its name.
 */
export async function servingSnippet(
  code: string,
  command: readonly string[],
  { folder, env }: { folder: string; env: Record<string, string> },
) {
  const port = await freePort();
  const file = `${folder}/${port}.mjs`;
  writeFileSync(file, code.replace("3000", String(port)));
  const child = Bun.spawn([...command, file], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdout: "ignore",
    stderr: "inherit",
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(() => fetch(url).then(() => true), 10_000, `the snippet on ${port}`);
  return {
    url,
    /** Its status after SIGTERM. */
    stop() {
      child.kill("SIGTERM");
      return child.exited;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
