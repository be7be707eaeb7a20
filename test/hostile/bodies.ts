import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openDescriptors } from "../support/descriptors.ts";
import { getJson } from "../support/http.ts";
import { connectRaw } from "../support/raw-connection.ts";
import { rawBytes } from "../support/raw-http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { ambiguous, brokenOff, clear } from "./bad-bodies.ts";
import { bystander } from "./bystander.ts";

/** Longest that a head may take where the server limits it: ten seconds, and until it looks. */
const HEAD_MS = 16_000;

/** Where a request ends, and that nobody can make two parties differ about that. RFC 9112, section 6.3. */
export function bodies(target: Target): void {
  const outer = () => token({ sub: "outer", topics: { publish: ["outer"] } });
  const inner = () => token({ sub: "inner", topics: { publish: ["inner"] } });

  /** Does harm to a server of its own, and looks at it then. */
  async function whileUnharmed(harm: (server: Server) => Promise<void>): Promise<void> {
    await using server = await spawnServer(target);
    await using other = await bystander(server);
    await harm(server);
    await other.unharmed();
  }

  test.concurrent("a request whose end could be in two places is refused, and what is in it is none", () =>
    whileUnharmed(async (server) => {
      const found = await published(server, ambiguous(await outer(), await inner()));
      expect(found.filter((name) => name.endsWith(": inner"))).toEqual([]);
    }));

  test.concurrent("one whose end is clear is taken as far as that, and for nothing else", () =>
    whileUnharmed(async (server) => {
      const cases = clear(await outer(), await inner());
      expect(await published(server, cases, 5000)).toEqual(cases.map(({ name }) => `${name}: outer`));
    }));

  test.concurrent("one that breaks off publishes nothing, and leaves nothing open", () =>
    whileUnharmed(async (server) => {
      const before = openDescriptors(server.pid);
      const cases = brokenOff(await outer());
      expect(await published(server, cases)).toEqual([]);
      for (const { bytes } of cases)
        for (const end of ["reset", "end"] as const) {
          const connection = await connectRaw(server);
          connection.write(bytes);
          connection[end]();
          if (end === "end") connection.socket.resume().setTimeout(50, () => connection.reset());
        }
      await eventually(() => openDescriptors(server.pid) <= before + 3, 20_000, "descriptors to come back");
    }));

  if (target.capabilities.limitsSlowRequests)
    test.concurrent("two hundred who never finish their heads keep nobody out, and are given up", () =>
      whileUnharmed(async (server) => {
        const slow = await Promise.all(Array.from({ length: 200 }, () => connectRaw(server)));
        const startedAt = performance.now();
        for (const [at, connection] of slow.entries())
          if (at % 2 === 0) connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\nX-");
        // One byte at a time is not faster.
        const drip = setInterval(() => {
          for (const connection of slow) connection.write("a");
        }, 1000);
        expect((await getJson(server, "/healthz")).status).toBe(200);
        await Promise.all(slow.map(({ ended }) => ended)).finally(() => clearInterval(drip));
        expect(performance.now() - startedAt).toBeLessThan(HEAD_MS);
      }));
}

/** Sends each on a connection of its own, and gives what was published after it, by its topic. */
async function published(
  server: Server,
  cases: readonly { name: string; bytes: string }[],
  ms = 300,
): Promise<string[]> {
  await using witness = await connect(server, { token: await token({ sub: "witness" }) });
  await witness.request({ action: "subscribe", topics: ["inner", "outer"] });
  const found: string[] = [];
  for (const { name, bytes } of cases) {
    const { text } = await rawBytes(server, Buffer.from(bytes, "latin1"), ms);
    for (const [, status = ""] of text.matchAll(/^HTTP\/1\.\d (\d{3}) /gm))
      expect([name, status, /^2|^4|^501/.test(status)]).toEqual([name, status, true]);
    // Its reply comes after what was published before it.
    await witness.request({ action: "ping" });
    while (witness.unread.length > 0) found.push(`${name}: ${(await witness.next()).topic}`);
  }
  return found;
}
