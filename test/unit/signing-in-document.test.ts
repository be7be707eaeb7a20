import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { sign } from "hono/jwt";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { signingKey, startProvider } from "../support/provider.ts";
import { blocksOf, programOf, servingSnippet } from "../support/snippets.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import { ROOT, targets } from "../support/targets.ts";
import { TEST_SECRET, token } from "../support/token.ts";

setDefaultTimeout(30_000);

const DOCUMENT = readFileSync(`${ROOT}docs/signing-in.md`, "utf8");
const snippet = (part: string) => {
  const [found, ...others] = blocksOf(DOCUMENT, "js").filter((text) => text.includes(part));
  if (!found || others.length > 0) throw new Error(`not one snippet with ${part}`);
  return found;
};

const folder = `${ROOT}.scratch/signing-in-${process.pid}`;
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

/** What a browser's snippet does; `console.log` puts its arguments into `logged`. */
function inBrowser<T>(
  code: string,
  url: string,
  shown: string,
  gives: string,
): { result: T; logged: unknown[] } {
  const logged: unknown[] = [];
  const script = new Function("url", "token", "console", `${code}; return ${gives};`);
  const result: T = script(`${url.replace("http", "ws")}/ws`, shown, {
    log: (...args: unknown[]) => void logged.push(...args),
  });
  return { result, logged };
}
const open = async (env: Record<string, string> = {}): Promise<Server> => spawnServer(targets.bun, { env });

describe("docs/signing-in.md", () => {
  test("makes a token that signs its user in", async () => {
    const code = snippet("makeToken").replace(/^import .*$/m, "");
    const makeToken = new Function("sign", "process", `${code}; return makeToken;`)(sign, {
      env: { JWT_SECRET: TEST_SECRET },
    });
    await using server = await open();
    await using client = await connect(server, { token: await makeToken("alex") });
    const topics = ["inbox:alex", "inbox:kim", "news:today"];
    expect(await client.request({ action: "subscribe", topics })).toMatchObject({
      topics: [{ status: "success" }, { code: "forbidden" }, { status: "success" }],
    });
  });

  test("connects a browser by a subprotocol, and renews its token", async () => {
    await using server = await open();
    const { result, logged } = inBrowser<{ socket: WebSocket; renew: (fresh: string) => void }>(
      snippet("const renew"),
      server.url,
      await token(),
      "{ socket, renew }",
    );
    await eventually(() => logged.length === 1, 5000, "the welcome");
    result.renew(await token());
    await eventually(() => logged.length === 2, 5000, "the reply");
    expect(logged).toMatchObject([{ type: "welcome" }, { message: "Authenticated successfully" }]);
    result.socket.close();
  });

  test("brings a browser's token in the first message, and learns why one was refused", async () => {
    await using server = await open({ AUTH_MODE: "first-message" });
    const code = snippet("No need to wait");
    const messages: unknown[] = [];
    const { result: socket } = inBrowser<WebSocket>(code, server.url, await token(), "socket");
    socket.onmessage = ({ data }) => void messages.push(JSON.parse(String(data)));
    await eventually(() => messages.length === 3, 5000, "both replies and the welcome");
    expect(messages).toMatchObject([
      { action: "authenticate", status: "success" },
      { type: "welcome" },
      { action: "subscribe", status: "success" },
    ]);
    socket.close();
    const { logged } = inBrowser(code, server.url, "a.b.c", "socket");
    await eventually(() => logged.length === 2, 5000, "the close");
    expect(logged).toEqual([1008, "Invalid token"]);
  });

  test("publishes from a service", async () => {
    await using server = await open();
    const [command = ""] = blocksOf(DOCUMENT, "sh");
    const env = { PATH: process.env.PATH ?? "", URL: server.url, TOKEN: await token() };
    const { stdout } = spawnSync("bash", ["-ec", command], { env, encoding: "utf8" });
    expect(JSON.parse(stdout)).toEqual({ status: "success", published: [{ topic: "news:today" }] });
  });

  for (const name of ["node", "deno"] as const)
    test(`decides by what an identity provider's token says, on ${name}`, async () => {
      const key = await signingKey("RS256", "one");
      await using provider = startProvider([key.publicKey]);
      const [iss, aud] = ["https://id.example/", "topichub"];
      await using server = await servingSnippet(snippet("jwksUri"), programOf(name), {
        folder,
        env: { JWKS_URI: provider.uri, JWT_ISSUER: iss, JWT_AUDIENCE: aud },
      });
      const enter = async (claims: object) =>
        connect(server.url, { path: "/live/ws", token: await key.token({ iss, aud, ...claims }) });
      const topics = ["inbox:alex", "inbox:kim", "news:today"];
      await using alex = await enter({});
      expect(await alex.request({ action: "subscribe", topics })).toMatchObject({
        topics: [{ status: "success" }, { code: "forbidden" }, { code: "forbidden" }],
      });
      await using editor = await enter({ sub: "kim", roles: ["editor"] });
      expect(await editor.request({ action: "subscribe", topics })).toMatchObject({
        topics: [{ code: "forbidden" }, { status: "success" }, { status: "success" }],
      });
      await expect(enter({ aud: "other" })).rejects.toMatchObject({ status: 401 });
    });
});
