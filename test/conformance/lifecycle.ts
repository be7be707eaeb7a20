import { expect, test } from "bun:test";
import { connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { getJson, postJson } from "../support/http.ts";
import { responseTo } from "../support/http-response.ts";
import {
  connectRaw,
  type RawRequest,
  type RawResponse,
  rawRequest,
  requestBytes,
} from "../support/raw-http.ts";
import { runToExit, type SpawnOptions, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";

export function lifecycle(target: Target): void {
  const start = (options: SpawnOptions = {}) => spawnServer(target, options);

  test("it prints one line when it listens, and nothing else on standard output", async () => {
    await using server = await start();
    expect(server.stdout()).toBe(`topichub listening on ${server.url} (${target.runtime})\n`);
    expect((await server.stop()).code).toBe(0);
    expect(server.stdout()).toBe(`topichub listening on ${server.url} (${target.runtime})\n`);
  });

  test("SIGTERM tells everybody, closes with 1012 and ends with status 0", async () => {
    await using server = await start();
    await using client = await connect(server, { token: await token() });
    await client.request({ action: "subscribe", topic: "event:*" });
    const stopped = server.stop("SIGTERM");
    expect(await client.next()).toMatchObject({ type: "event", topic: "event:before_web_server_stop" });
    expect(await client.next()).toEqual({ type: "reconnect", after_ms: expect.any(Number) });
    expect(await client.closed).toEqual({ code: 1012, reason: "Server is stopping" });
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test.concurrent("a peer that does not answer the close does not keep it from ending", async () => {
    await using server = await start();
    await using client = await connect(server, { token: await token(), answersClose: false });
    client.socket.pause();
    expect(await server.stop("SIGTERM", 14_000)).toMatchObject({ code: 0 });
  }, 20_000);

  test.concurrent("whoever comes while it stops is told so, on a connection old or new", async () => {
    await using server = await start();
    await using client = await connect(server, { token: await token() });
    const Authorization = `Bearer ${await token()}`;
    const upgrade: [string, string][] = [
      ["Connection", "Upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Version", "13"],
      ["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="],
      // Stopping comes before this in the order of the checks.
      ["Origin", "https://evil.example"],
    ];
    const requests: RawRequest[] = [
      { target: "/ws", headers: upgrade },
      { target: "/readyz" },
      {
        method: "POST",
        target: "/publish",
        headers: [["Authorization", Authorization]],
        body: JSON.stringify({ topic: "x", data: 1 }),
      },
    ];
    const isTold = ({ status, headers, body }: RawResponse) =>
      expect([status, headers.get("x-topichub-error"), JSON.parse(body)]).toMatchObject([
        503,
        "draining",
        { status: "error", code: "draining" },
      ]);
    const begun = await Promise.all(
      requests.map(async (request) => {
        const connection = await connectRaw(server);
        const bytes = requestBytes(server, request);
        connection.write(bytes.subarray(0, 20));
        return { connection, rest: bytes.subarray(20) };
      }),
    );
    for (let turn = 0; turn < 10; turn++) await getJson(server, "/healthz");
    const stopped = server.stop("SIGTERM");
    await eventually(() => server.stderr().includes("stopping"), 5000, "the signal to be taken");
    for (const { connection, rest } of begun) {
      connection.write(rest);
      isTold(await connection.take(responseTo("GET"), 5000, "the answer"));
      connection.reset();
    }
    for (const request of requests) isTold(await rawRequest(server, request));
    expect((await getJson(server, "/healthz")).status).toBe(200);
    expect(await client.request({ action: "publish", topic: "x", data: 1 })).toMatchObject({
      status: "error",
      code: "unavailable",
    });
    expect(await client.closed).toMatchObject({ code: 1012 });
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test.concurrent("SIGINT does so too: closes are spread, and 503 is answered between them", async () => {
    await using server = await start({ config: { drain: { window_ms: 1600 } } });
    const clients = await Promise.all(
      Array.from({ length: 8 }, async () => connect(server, { token: await token() })),
    );
    const closedAt: number[] = [];
    const closed = clients.map(async (client) => {
      expect(await client.closed).toEqual({ code: 1012, reason: "Server is stopping" });
      closedAt.push(performance.now());
    });
    const stopped = server.stop("SIGINT");
    await eventually(() => closedAt.length >= 4, 5000, "half of the closes");
    expect((await getJson(server, "/readyz")).status).toBe(503);
    await Promise.all(closed);
    const [first = 0, , , , middle = 0, , , last = 0] = closedAt;
    // One every 200 ms, told some time later where the machine is busy.
    expect(middle - first).toBeWithin(400, 2000);
    expect(last - first).toBeWithin(1000, 3000);
    for (const { unread } of clients) {
      expect(unread).toEqual([{ type: "reconnect", after_ms: expect.any(Number) }]);
      expect(unread[0]?.after_ms).toBeWithin(0, 1600);
    }
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test.concurrent("what was accepted before a stop has reached everybody, those who are closed last too", async () => {
    const limits = { messages_per_second: 1_000_000, message_burst: 1_000_000, connections_per_user: 100 };
    await using server = await start({ config: { limits, drain: { window_ms: 1000 } } });
    const open = (count: number) =>
      Promise.all(Array.from({ length: count }, async () => connect(server, { token: await token() })));
    const [subscribers, publishers] = [await open(20), await open(4)];
    for (const client of subscribers) await client.request({ action: "subscribe", topic: "x" });
    const accepted: string[] = [];
    const untilRefused = async (name: string, publish: (data: string) => Promise<boolean>) => {
      for (let at = 0; await publish(`${name} ${at}`); at++) accepted.push(`${name} ${at}`);
    };
    const published = [
      ...publishers.map((client, at) =>
        untilRefused(`socket ${at}`, async (data) => {
          const reply = client.request({ action: "publish", topic: "x", data }, 10_000);
          return (await reply.catch(() => undefined))?.status === "success";
        }),
      ),
      ...["one", "two"].map(async (name) => {
        const options = { token: await token() };
        return untilRefused(name, async (data) => {
          const answer = postJson(server, "/publish", { topic: "x", data }, options);
          return (await answer.catch(() => undefined))?.status === 200;
        });
      }),
    ];
    await eventually(() => accepted.length > 200, 10_000, "publications to be accepted");
    const stopped = server.stop("SIGTERM");
    await Promise.all(published);
    for (const { closed, unread } of subscribers) {
      expect(await closed).toMatchObject({ code: 1012 });
      const received = new Set(unread.map(({ data }) => data));
      expect(accepted.filter((data) => !received.has(data))).toEqual([]);
    }
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test.concurrent("it ends in the time that it is given, whatever its peers do", async () => {
    await using server = await start({ config: { drain: { window_ms: 2000, timeout_ms: 2000 } } });
    await using client = await connect(server, { token: await token(), answersClose: false });
    client.socket.pause();
    const half = await connectRaw(server);
    half.write("POST /publish HTTP/1.1\r\nHost: x\r\nContent-Le");
    for (let turn = 0; turn < 10; turn++) await getJson(server, "/healthz");
    const before = performance.now();
    expect(await server.stop()).toMatchObject({ code: 0 });
    expect(performance.now() - before).toBeWithin(1000, 2500);
    half.reset();
  });

  test.concurrent("what is accepted after the first signal reaches somebody, or is not accepted", async () => {
    await using server = await start();
    const body = JSON.stringify({ topic: "x", data: 1 });
    const headers: [string, string][] = [
      ["Authorization", `Bearer ${await token()}`],
      ["Content-Length", String(body.length)],
    ];
    const connection = await connectRaw(server);
    connection.write(
      requestBytes(server, { method: "POST", target: "/publish", headers, body: body.slice(0, 5) }),
    );
    for (let turn = 0; turn < 10; turn++) await getJson(server, "/healthz");
    const stopped = server.stop("SIGTERM");
    await eventually(() => server.stderr().includes("stopping"), 5000, "the signal to be taken");
    connection.write(body.slice(5));
    const answer = await connection.take(responseTo("POST"), 5000, "the answer").catch(() => undefined);
    // Native Deno resets it; an answer says that nothing was published.
    if (answer) expect([answer.status, JSON.parse(answer.body)]).toMatchObject([503, { outcome: "none" }]);
    connection.reset();
    expect(await stopped).toMatchObject({ code: 0 });
  });

  test.concurrent("connections that ask for nothing, or never finish, do not keep it from ending in time", async () => {
    await using server = await start();
    const silent = await connectRaw(server);
    const half = await connectRaw(server);
    half.write("POST /publish HTTP/1.1\r\nHost: x\r\nContent-Le");
    for (let turn = 0; turn < 10; turn++) await getJson(server, "/healthz");
    const before = Date.now();
    expect(await server.stop()).toMatchObject({ code: 0 });
    expect(Date.now() - before).toBeLessThan(9000);
    silent.reset();
    half.reset();
  });

  test.concurrent("uploads that break off are no errors in the log", async () => {
    await using server = await start();
    const headers: [string, string][] = [["Authorization", `Bearer ${await token()}`]];
    const length: [string, string] = ["Content-Length", "1000"];
    const chunked: [string, string] = ["Transfer-Encoding", "chunked"];
    for (const framing of [length, chunked]) {
      const connection = await connectRaw(server);
      const request = { method: "POST", target: "/publish", headers: [...headers, framing] };
      connection.write(requestBytes(server, { ...request, body: framing === length ? "{" : "" }));
      for (let turn = 0; turn < 5; turn++) await getJson(server, "/healthz");
      connection.reset();
      for (let turn = 0; turn < 5; turn++) await getJson(server, "/healthz");
    }
    expect(server.stderr()).toBe("");
  });

  test.concurrent("a second signal ends it at once", async () => {
    await using server = await start();
    // A request that is never finished keeps it from ending by itself.
    const headers: [string, string][] = [
      ["Authorization", `Bearer ${await token()}`],
      ["Content-Length", "100"],
    ];
    const connection = await connectRaw(server);
    connection.write(requestBytes(server, { method: "POST", target: "/publish", headers, body: "{" }));
    // Each round trip is a turn of its loop: by now it has begun with that request.
    for (let turn = 0; turn < 10; turn++) await getJson(server, "/healthz");
    server.signal("SIGTERM");
    await eventually(() => server.stderr().includes("stopping"), 5000, "the first signal to be taken");
    const before = Date.now();
    expect(await server.stop("SIGTERM")).toMatchObject({ code: 1 });
    expect(Date.now() - before).toBeLessThan(2000);
    connection.reset();
  });

  test("without a secret it makes one and shows a token that works", async () => {
    await using server = await start({ env: { JWT_SECRET: undefined } });
    const shown = await eventually(
      () => /[\w-]+\.[\w-]+\.[\w-]+/.exec(server.stderr())?.[0],
      5000,
      "the token",
    );
    expect(server.stderr()).toContain(`${server.url}/#token=${shown}`);
    expect(server.stdout()).not.toContain(shown);
    await using client = await connect(server, { token: shown });
    await client.request({ action: "subscribe", topic: "x" });
    expect((await postJson(server, "/publish", { topic: "x", data: 1 }, { token: shown })).status).toBe(200);
    expect(await client.next()).toMatchObject({ data: 1 });
  });

  const faulty: Record<string, [SpawnOptions, string[]]> = {
    "no secret in production": [
      { env: { JWT_SECRET: undefined, NODE_ENV: "production" } },
      ["'JWT_SECRET' is missing"],
    ],
    "a short secret in production": [
      { env: { JWT_SECRET: "hush-hush", NODE_ENV: "production" } },
      ["'JWT_SECRET' takes a key of 32 bytes"],
    ],
    "an empty secret": [{ env: { JWT_SECRET: "" } }, ["'JWT_SECRET' takes a key"]],
    "several faults": [
      {
        env: {
          PORT: "eighty",
          LOG_LEVEL: "loud",
          JWT_ALG: "none",
          ALLOWED_ORIGINS: "example.com",
          AUTH_MODE: "later",
          JWKS_URI: "https://me:hush@id.example/keys",
          REDIS_URL: "redis://:hush@localhost",
        },
        config: {
          limits: { message_bytes: "big", colour: 1, shape: 2 },
          servers: [{ name: "a b", pid: 1 }],
          topics: [{ match: "a*b", slow: "never" }],
        },
      },
      [
        "'PORT' takes",
        "'LOG_LEVEL' takes",
        "'JWT_ALG' takes",
        "'ALLOWED_ORIGINS' takes",
        "'AUTH_MODE' takes",
        "'JWKS_URI' takes",
        "'REDIS_URL' is not offered yet",
        "'limits.message_bytes' takes",
        "'limits.colour'",
        "'limits.shape'",
        "'servers.0.name' takes",
        "'topics.0.match' takes",
        "'topics.0.slow' takes",
      ],
    ],
    "lists for sections": [
      { config: { monitor: [1], auth: { default_grants: [1] }, limits: [], servers: [[{}]] } },
      ["'monitor' takes", "'auth.default_grants' takes", "'limits' takes", "'servers.0' takes"],
    ],
    "a fault in two ways, and a name with a line's end": [
      { config: { limits: { json_depth: 1.5, "a\nb": 1 } } },
      ["'limits.json_depth' takes", "'limits.a\\u000ab'"],
    ],
    "a configuration that is no JSON": [{ config: "{" }, ["not valid JSON"]],
    "a configuration that is not there": [
      { env: { TOPICHUB_CONFIG: "/nonexistent.json" } },
      ["'TOPICHUB_CONFIG' takes"],
    ],
    "an unknown flag": [{ args: ["--colour"] }, ["--colour"]],
  };
  for (const [name, [options, lines]] of Object.entries(faulty))
    test(`${name} ends it with status 2 and a line for each fault`, async () => {
      const { code, stderr, stdout } = await runToExit(target, options);
      expect([code, stdout]).toEqual([2, ""]);
      const printed = stderr.trimEnd().split("\n");
      for (const line of lines) expect(printed.filter((it) => it.includes(line))).toHaveLength(1);
      expect(printed).toHaveLength(lines.length);
      expect(stderr).not.toContain("hush");
    });

  test("a short secret outside production is a warning", async () => {
    await using server = await start({ env: { JWT_SECRET: "short" } });
    await eventually(() => server.stderr().includes("JWT_SECRET is shorter"), 5000, "the warning");
  });

  test("a port in use is one line", async () => {
    await using server = await start();
    const { code, stderr } = await runToExit(target, { env: { PORT: String(server.port) } });
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(String(server.port));
  });

  test.concurrent("a log that nobody reads, or that was closed, does not stop it", async () => {
    await using server = await start({ leavesLogsUnread: true, env: { LOG_LEVEL: "debug" } });
    const pings = async (times: number) => {
      for (let at = 0; at < times; at++) {
        await using client = await connect(server, { token: await token() });
        expect(await client.request({ action: "subscribe", topic: `topic-${at}` })).toMatchObject({
          status: "success",
        });
      }
    };
    // More than a pipe holds.
    await pings(500);
    server.closeLogs();
    await pings(5);
    expect(await server.stop()).toMatchObject({ code: 0 });
  });

  test.concurrent("who is told of a disconnect is told the code and the reason of the peer", async () => {
    await using server = await start({ env: { LOG_LEVEL: "debug" } });
    await (await connect(server, { token: await token() })).close(3001, "bye");
    const entry = await eventually(
      () =>
        server
          .stderr()
          .split("\n")
          .find((line) => line.includes('"disconnected"')),
      5000,
      "the log",
    );
    expect(JSON.parse(entry)).toMatchObject({ code: 3001, reason: "bye" });
  });

  test.concurrent("no token stands in the log", async () => {
    await using server = await start({ env: { LOG_LEVEL: "debug" } });
    const good = await token();
    await (await connect(server, { token: good, via: "query" })).close();
    await connect(server, { token: `${good}x`, via: "query" }).catch(() => {});
    await eventually(() => server.stderr().includes("disconnected"), 5000, "the log");
    expect(server.stderr()).not.toContain(good.slice(0, 20));
  });
}
