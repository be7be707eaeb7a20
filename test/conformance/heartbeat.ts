import { expect, test } from "bun:test";
import { type Client, type ConnectOptions, connect } from "../support/client.ts";
import { eventually } from "../support/deadline.ts";
import { openStream } from "../support/event-stream.ts";
import { postJson } from "../support/http.ts";
import { type Server, spawnServer } from "../support/spawn-server.ts";
import type { Target } from "../support/targets.ts";
import { token } from "../support/token.ts";
import { openStopped, publishMuch, UNSENT_LIMITS } from "../support/unsent.ts";
import { encodeFrame } from "../support/ws-frames.ts";

const HEARTBEAT = { interval_ms: 600, timeout_ms: 600 };
const SILENCE_MS = HEARTBEAT.interval_ms + HEARTBEAT.timeout_ms;

export function heartbeat(target: Target): void {
  const start = (config: object = {}) =>
    spawnServer(target, { config: { heartbeat: HEARTBEAT, ...config }, env: { LOG_LEVEL: "debug" } });
  const open = async (server: Server, options: Partial<ConnectOptions> = {}) =>
    connect(server, { token: await token(), ...options });

  /** The codes with which connections are gone, as the log has them. */
  const codes = (server: Server): number[] =>
    [...server.stderr().matchAll(/"disconnected".*"code":(\d+)/g)].map(([, code]) => Number(code));
  const gone = (server: Server, times = 1) =>
    eventually(
      () => codes(server).length === times,
      10_000,
      () => `${times} to be gone: ${server.stderr()}`,
    );
  /** Settles once a peer that was pinged has been so often. */
  const pinged = async ({ socket }: Client, times: number) => {
    for (let at = 0; at < times; ) if ((await socket.nextControl(5000)).kind === "ping") at++;
  };

  test.concurrent("who answers pings and says nothing stays", async () => {
    await using server = await start({ auth: { mode: "either" } });
    await using client = await open(server);
    await using signedIn = await open(server, { token: undefined });
    await signedIn.request({ action: "authenticate", token: await token() });
    expect(client.welcome).toMatchObject({ ping_interval_ms: HEARTBEAT.interval_ms });
    await pinged(client, 5);
    for (const { request } of [client, signedIn])
      expect(await request({ action: "ping" })).toMatchObject({ message: "pong" });
    expect(codes(server)).toEqual([]);
  });

  test.concurrent("who answers none and says nothing is gone, and its place is free again", async () => {
    await using server = await start({ limits: { connections_per_user: 1 } });
    const before = Date.now();
    await using client = await open(server, { answersPings: false });
    await client.request({ action: "subscribe", topic: "x" });
    await expect(open(server)).rejects.toThrow("refused with 429");
    await gone(server);
    expect(Date.now() - before).toBeGreaterThan(SILENCE_MS * 0.9);
    expect(codes(server)).toEqual([4002]);
    await using next = await open(server);
    expect(await next.request({ action: "ping" })).toMatchObject({ message: "pong" });
    await client.closed;
  });

  test.concurrent("who sends anything needs to answer none", async () => {
    await using server = await start();
    await using talking = await open(server, { answersPings: false });
    await using pinging = await open(server, { answersPings: false });
    await using idle = await open(server);
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        await talking.request({ action: "ping" });
        // Deno's own server answers it, and does not take it for a sign of life.
        if (target.capabilities.pings) pinging.socket.ping();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await pinged(idle, 4);
    isOver = true;
    await sending;
    expect(codes(server)).toEqual(target.capabilities.pings ? [] : [4002]);
  });

  test.concurrent("who takes long to send one frame, and so can answer none, stays where that is seen", async () => {
    await using server = await start();
    await using client = await open(server, { answersPings: false });
    const frame = encodeFrame(JSON.stringify({ action: "ping", id: "x".repeat(20) }));
    for (const byte of frame) {
      client.socket.sendBytes(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, (3 * SILENCE_MS) / frame.length));
    }
    if (!target.capabilities.hearsBytes) await gone(server);
    else expect(await client.nextReply()).toMatchObject({ message: "pong" });
  });

  test.concurrent("what is sent to a peer keeps nobody", async () => {
    await using server = await start();
    await using client = await open(server, { answersPings: false });
    await client.request({ action: "subscribe", topic: "x" });
    const publish = async () => {
      await postJson(server, "/publish", { topic: "x", data: 1 }, { token: await token({ sub: "kim" }) });
      return codes(server).length > 0;
    };
    await eventually(publish, 10_000, "it to be gone");
    expect(codes(server)).toEqual([4002]);
  });

  test("who stopped reading is gone, of a stream of events as well", async () => {
    await using server = await start({ limits: UNSENT_LIMITS });
    await using _ = await openStopped(server);
    await using stream = await openStream(server, ["x"], { token: await token() });
    await stream.next();
    stream.connection.socket.pause();
    await publishMuch(server);
    await gone(server, 2);
    expect(codes(server)).toEqual([4002, 4002]);
  });

  test.concurrent("a server that was stopped for a while keeps those who answer, and judges the others then", async () => {
    await using server = await start();
    await using client = await open(server);
    await using dead = await open(server, { answersPings: false });
    await pinged(client, 1);
    // Its pong has been read then.
    await client.request({ action: "ping" });
    server.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 3 * SILENCE_MS));
    const before = Date.now();
    server.signal("SIGCONT");
    await gone(server);
    // Deno's own server may have asked it before, and then judges it at once.
    if (target.capabilities.pings) expect(Date.now() - before).toBeGreaterThan(HEARTBEAT.interval_ms * 0.9);
    await pinged(client, 2);
    expect(codes(server)).toEqual([4002]);
    await dead.closed;
  });
}
