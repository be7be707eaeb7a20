import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { postJson } from "../support/http.ts";
import { rawBytes, requestBytes } from "../support/raw-http.ts";
import { sharedServer } from "../support/shared-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { type Case, expectFates } from "./answers.ts";
import { type Part, STRANGE_HEADERS, strangeTargets } from "./bad-heads.ts";
import { bystander } from "./bystander.ts";

const KB = 1024;
const MARK = "what only its own path may show";
const UPGRADE =
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
const config = {
  limits: { messages_per_second: 100_000, message_burst: 100_000, connections_per_user: 1000 },
  topics: [{ match: "kept:*", history: { size: 10, ttl_s: 600 } }],
};

/** Heads of requests that no client in its right mind sends. */
export function heads(target: Target): void {
  const server = sharedServer(target, { config });

  const harmless = async (harm: () => Promise<void>) => {
    await using beside = await bystander(server());
    await harm();
    await beside.unharmed();
  };
  const bearer = async (claims = {}) => `Authorization: Bearer ${await token(claims)}\r\n`;
  const get = (path: string, headers = "", version = "HTTP/1.1") =>
    `GET ${path} ${version}\r\nHost: ${server().host}:${server().port}\r\n${headers}\r\n`;
  const upgrade = (path = "/ws", headers = "") => get(path, UPGRADE + headers);

  test("targets", () =>
    harmless(async () => {
      const { host, port } = server();
      const strange = strangeTargets(host, port);
      const cases = ["", UPGRADE].flatMap((extra) =>
        strange.map(([name, path, fate]): Case => {
          const end = ` HTTP/1.1\r\nHost: ${host}:${port}\r\n${extra}\r\n`;
          const bytes = Buffer.concat([Buffer.from("GET "), Buffer.from(path), Buffer.from(end)]);
          return [extra === "" ? name : `${name}, upgrading`, bytes, fate];
        }),
      );
      await expectFates(server(), cases);
    }));

  test("headers", () =>
    harmless(async () => {
      const good = await bearer();
      const hosts = target.capabilities.refusesTwoHosts ? undefined : /^200$/;
      const strange: Part[] = [
        ...STRANGE_HEADERS,
        ["two Host", "Host: evil.example\r\n", hosts],
        ["two Host, the same", `Host: ${server().host}:${server().port}\r\n`, hosts],
      ];
      const line = `GET /healthz HTTP/1.1\r\nHost: ${server().host}:${server().port}\r\n`;
      const cases = strange.map(
        ([name, header, fate]): Case => [
          name,
          Buffer.concat([Buffer.from(line), Buffer.from(header), Buffer.from("\r\n")]),
          fate,
        ],
      );
      // Twice the same says the same; two that differ are told apart by nobody.
      const twice: [string, string][] = [
        ["two keys", "Sec-WebSocket-Key: BBBBBBBBBBBBBBBBBBBBBB==\r\n"],
        ["two versions", "Sec-WebSocket-Version: 8\r\n"],
        ["two Host, upgrading", "Host: evil.example\r\n"],
      ];
      const harmlessTwice: [string, string][] = [
        ["two Upgrade", "Upgrade: websocket\r\n"],
        ["two Upgrade that differ", "Upgrade: h2c\r\n"],
        ["two Connection", "Connection: Upgrade\r\n"],
        ["two Connection that differ", "Connection: close\r\n"],
      ];
      await expectFates(server(), [
        ...cases,
        ...twice.map(([name, header]): Case => [name, upgrade("/ws", good + header)]),
        ...harmlessTwice.map(
          ([name, header]): Case => [name, upgrade("/ws", good + header), /^(101|4\d\d|closed)/],
        ),
        ...harmlessTwice.map(([name, header]): Case => [`${name}, no token`, upgrade("/ws", header)]),
      ]);
    }));

  test("other protocols", () =>
    harmless(async () => {
      const clientHello = Buffer.from(`160301007c010000780303${"42".repeat(32)}20${"17".repeat(32)}`, "hex");
      const served = /^(200|4\d\d|505|closed)/;
      await expectFates(server(), [
        ["HTTP/1.0", "GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n", served],
        ["HTTP/1.0, upgrading", `GET /ws HTTP/1.0\r\nHost: x\r\n${UPGRADE}\r\n`],
        ["HTTP/0.9", "GET /healthz\r\n\r\n", served],
        ["HTTP/3.7", get("/healthz", "", "HTTP/3.7"), served],
        ["HTTP/1.10", get("/healthz", "", "HTTP/1.10"), served],
        ["http/1.1", get("/healthz", "", "http/1.1")],
        ["ICY/1.1", get("/healthz", "", "ICY/1.1")],
        ["a method of 64 KB", `${"G".repeat(64 * KB)} / HTTP/1.1\r\nHost: x\r\n\r\n`],
        ["a method that is none", "G@T / HTTP/1.1\r\nHost: x\r\n\r\n"],
        // On Bun its target is no URL of a server's, which hono 4.13 throws at.
        ["CONNECT to a path", "CONNECT x:1/history?limit=5 HTTP/1.1\r\nHost: x\r\n\r\n"],
        ["CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n"],
        ["TRACE", "TRACE / HTTP/1.1\r\nHost: x\r\nX-Secret: x\r\n\r\n"],
        ["TLS", Buffer.concat([clientHello, Buffer.alloc(60)])],
        ["1 KB of zeros", Buffer.alloc(KB)],
        ["1 KB of 0xff", Buffer.alloc(KB, 0xff)],
        ["SSH", "SSH-2.0-OpenSSH_9.9\r\n\r\n"],
      ]);
      // Deno's own server speaks it: its settings come first.
      const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
      const { text } = await rawBytes(server(), preface, 300);
      const isSettings = text.startsWith("\0\0") && text[3] === "\x04";
      expect(isSettings ? "" : text).toMatch(/^$|^HTTP\/1\.1 (4\d\d|505) /);
    }));

  test("what is pipelined is answered in its order, and nothing behind an upgrade is HTTP", () =>
    harmless(async () => {
      const good = await bearer();
      const publish = requestBytes(server(), {
        method: "POST",
        target: "/publish",
        headers: [
          ["Authorization", good.slice(15, -2)],
          ["Content-Type", "application/json"],
        ],
        body: '{"topic":"x","data":1}',
      });
      const behindPost = target.capabilities.pipelines ? /^200 (101|4\d\d|closed)/ : /^closed$/;
      const wanted = /^(101|400( closed)?|closed)$/;
      await expectFates(
        server(),
        [
          ["two upgrades", upgrade("/ws", good) + upgrade("/ws", good), wanted],
          ["two upgrades, no token", upgrade() + upgrade(), /^401( 401)?( closed)?$/],
          ["a GET, then an upgrade", get("/healthz") + upgrade("/ws", good), /^200 (101|4\d\d|closed)/],
          ["a GET, then an upgrade, no token", get("/healthz") + upgrade(), /^200 (401|closed)/],
          ["a POST, then an upgrade", publish + upgrade("/ws", good), behindPost],
          ["three GETs", get("/healthz").repeat(3), /^200 200 200$/],
        ],
        { readsOn: true },
      );
      const { text } = await rawBytes(server(), upgrade("/ws", good) + get("/healthz"));
      // Nothing, where it was dropped.
      expect(text.match(/HTTP\/1\.1 \d+/g) ?? ["HTTP/1.1 101"]).toEqual([expect.stringMatching(/101|400/)]);
    }));

  test("an upgrade behind a stream of events does not get into it", () =>
    harmless(async () => {
      const good = await bearer();
      const { text } = await rawBytes(server(), get("/sse?topic=x", good) + upgrade("/ws", good), 1000);
      expect(text).toMatch(/^$|^HTTP\/1\.1 200 /);
      expect(text).not.toContain("HTTP/1.1 101");
    }));

  test("percent-encoding in paths", () =>
    harmless(async () => {
      const kept = { topic: "kept:mark", data: MARK };
      const given = { token: await token() };
      expect((await postJson(server(), "/publish", kept, given)).status).toBe(200);
      await using victim = await connect(server(), { token: await token({ sub: "victim" }) });
      await victim.request({ action: "subscribe", topic: "kept:mark" });
      const claims = { sub: "admin", admin: true, topics: { subscribe: ["open*", "%*"], publish: [] } };
      const admin = await bearer(claims);
      const odd = [
        "%00",
        "%",
        "%zz",
        "%2e%2e",
        "%2f",
        "%252e",
        "%c0%80",
        "%ff",
        "%ed%a0%80",
        "%0d%0a",
        "%20",
        "%2a",
      ];
      const names = [...odd, "%2e%2e%2f%2e%2e", "%61".repeat(3500)];
      const shapes = (name: string): [string, string][] => [
        ["GET", `/topics/${name}/history`],
        ["GET", `/topics/open${name}kept:mark/history`],
        ["GET", `/topics/open/${name}/kept:mark/history`],
        ["GET", `/topics/kept:mark${name}/history`],
        ["GET", `/topics/${name}/presence`],
        ["GET", `/topics/kept:mark${name}/presence`],
        ["POST", `/users/${name}/messages`],
        ["POST", `/users/victim${name}/messages`],
        ["DELETE", `/users/${name}/connections`],
        ["DELETE", `/users/victim${name}/connections`],
        ["DELETE", `/users/victim/subscriptions/${name}`],
        ["DELETE", `/users/victim${name}/subscriptions/kept:mark`],
        ["DELETE", `/connections/${name}`],
        ["DELETE", `/connections/${victim.welcome?.connection}${name}`],
        ["POST", `/connections/${victim.welcome?.connection}${name}/messages`],
      ];
      const cases = names.flatMap((name) =>
        shapes(name).map(([method, path]): Case => {
          const body = method === "POST" ? '{"data":1}' : "";
          const head = `${method} ${path} HTTP/1.1\r\nHost: x\r\n${admin}Content-Length: ${body.length}\r\n`;
          return [`${method} ${path.slice(0, 100)}`, `${head}\r\n${body}`, /^(200|4\d\d)/];
        }),
      );
      await expectFates(server(), cases, {
        isFine: ({ responses }) => responses.every(({ body }) => !body.includes(MARK)),
      });
      expect(victim.unread).toEqual([]);
      expect(await victim.request({ action: "ping" })).toMatchObject({ message: "pong" });
      expect((await postJson(server(), "/publish", { ...kept, data: 2 }, given)).status).toBe(200);
      expect(await victim.next(5000)).toMatchObject({ topic: "kept:mark", data: 2 });
    }));
}
